/// Delta tables: what their log says, as [dev.bowyer.dataset.lake] takes it. Entry point: [DeltaFormat]. The
/// log is replayed by Delta Kernel over the engine of [dev.bowyer.dataset.delta.log]. Does not read data
/// files.
@NullMarked
package dev.bowyer.dataset.delta;

import org.jspecify.annotations.NullMarked;
