/// Delta tables: what their log says, as [dev.bowyer.dataset.lake] takes it. Entry point: [DeltaFormat]. The
/// log is replayed by Delta Kernel over an engine of this package ([LogEngine]) that reads through
/// [dev.bowyer.dataset.ObjectStores] and [dev.bowyer.dataset.lake.ParquetRows]. Does not read data files.
///
/// The kernel never sees where a table lies: to it every table is [LogAccess#KERNEL_ROOT], so that no path of
/// a store goes through its own rules for paths.
@NullMarked
package dev.bowyer.dataset.delta;

import org.jspecify.annotations.NullMarked;
