/// Whole answers that are kept for as long as the data behind them stays the same. Entry point:
/// [dev.bowyer.cache.ResultCache]. Knows nothing of how an answer is made or sent.
@NullMarked
package dev.bowyer.cache;

import org.jspecify.annotations.NullMarked;
