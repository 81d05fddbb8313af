package dev.bowyer.dataset.delta;

import io.delta.kernel.types.DataType;

/// A top-level column.
///
/// @param index in the table's schema
/// @param physical the name in files, statistics and partition values
/// @param partition whether its values stand in the log and not in the files
/// @param wasFloat whether older files have it as a float: their statistics say the float as text
record DeltaColumn(int index, String name, String physical, DataType type, boolean partition, boolean wasFloat) {}
