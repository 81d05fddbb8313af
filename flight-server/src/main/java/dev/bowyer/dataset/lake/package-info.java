/// Tables of table formats as the engine takes them: a version is planned whole in Java, into [LakeFiles],
/// and read natively. Entry point: [LakeFormat], one for each format. Does not know how Iceberg or Delta
/// write their metadata, nor how a scan reads the files.
@NullMarked
package dev.bowyer.dataset.lake;

import org.jspecify.annotations.NullMarked;
