package dev.bowyer.dataset.lake;

import dev.bowyer.dataset.Table;

/// Rows about a version of a lake table.
///
/// @param opened the rows
/// @param version what they are about
record MetadataTable(Table opened, String version) implements OpenedTable {}
