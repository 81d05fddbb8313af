package dev.bowyer.dataset.lake;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Table;

/// A version of a lake table that the engine has opened.
///
/// @param name it was opened under
/// @param source where a newer version is looked for, or another one
/// @param lake what the format knows of this version
public record LakeTable(DatasetName name, Source.Lake source, LakeVersion lake, Table opened) implements OpenedTable {
    @Override
    public String version() {
        return lake.id();
    }

    /// Two are the same only if they are one object: a catalog tells by that whether a table has changed.
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
