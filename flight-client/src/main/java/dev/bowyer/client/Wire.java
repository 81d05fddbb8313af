package dev.bowyer.client;

/** How a Bowyer server encodes the types of results. */
public enum Wire {
    /** Types that every client reads. */
    COMPAT,
    /** The engine's own: views and dictionaries travel as they are. */
    NATIVE
}
