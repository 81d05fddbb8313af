/// The log of a Delta table, as the kernel asks for it: an engine ([LogEngine]) that reads through
/// [dev.bowyer.dataset.ObjectStores] and [dev.bowyer.dataset.lake.ParquetRows], within limits. Does not tell
/// what the log means.
///
/// The kernel never sees where a table lies: to it every table is [LogAccess#KERNEL_ROOT], so that no path of
/// a store goes through its own rules for paths.
@NullMarked
package dev.bowyer.dataset.delta.log;

import org.jspecify.annotations.NullMarked;
