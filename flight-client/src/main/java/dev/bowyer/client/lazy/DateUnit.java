package dev.bowyer.client.lazy;

/** Parts of a date or a time. */
public enum DateUnit {
    YEAR(true),
    QUARTER(true),
    MONTH(true),
    /** As a number, the week of ISO 8601, from 1. */
    WEEK(true),
    DAY(true),
    HOUR(true),
    MINUTE(true),
    SECOND(true),
    /** As a number, the day of the week from 0 for Sunday. */
    DOW(false),
    /** As a number, the day of the year from 1. */
    DOY(false),
    /** As a number, seconds since 1970. */
    EPOCH(false);

    final boolean canTruncate;

    DateUnit(boolean canTruncate) {
        this.canTruncate = canTruncate;
    }
}
