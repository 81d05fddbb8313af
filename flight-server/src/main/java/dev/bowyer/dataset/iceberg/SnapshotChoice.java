package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.HistoryEntry;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.TableMetadata;
import org.jspecify.annotations.Nullable;

/// The snapshot of a version and its schema. A table's schema may be newer than its newest snapshot: who asks
/// for the newest version, or for a branch, sees the table's schema; who asks for a snapshot sees the one it
/// was written with.
///
/// @param snapshot null: the table has none, and no rows
record SnapshotChoice(@Nullable Snapshot snapshot, Schema schema) {
    private static final String NO_SNAPSHOT = "0";
    private static final Pattern WITH_SCHEMA = Pattern.compile("(\\d{1,19})-schema-(\\d{1,9})");

    /// @param asOf null: the newest
    static SnapshotChoice of(TableMetadata table, @Nullable AsOf asOf) {
        return switch (asOf) {
            case null -> new SnapshotChoice(table.currentSnapshot(), table.schema());
            case AsOf.Version version -> of(table, version.id());
            case AsOf.Moment moment -> at(table, moment.at());
            case AsOf.Ref ref -> named(table, ref.name());
        };
    }

    /// The id of the snapshot, with the schema's where the snapshot has another one; [AsOf#parse] reads both.
    String id() {
        if (snapshot != null && Objects.equals(snapshot.schemaId(), schema.schemaId())) {
            return Long.toString(snapshot.snapshotId());
        }
        String of = snapshot == null ? NO_SNAPSHOT : Long.toString(snapshot.snapshotId());
        return of + "-schema-" + schema.schemaId();
    }

    private static SnapshotChoice of(TableMetadata table, long id) {
        Snapshot snapshot = table.snapshot(id);
        if (snapshot == null) {
            throw missing("snapshot " + id + ": the table does not have it, or it has expired", table);
        }
        return new SnapshotChoice(snapshot, schemaOf(table, snapshot));
    }

    private static Schema schemaOf(TableMetadata table, Snapshot snapshot) {
        Integer id = snapshot.schemaId();
        Schema schema = id == null ? null : table.schemasById().get(id);
        return schema == null ? table.schema() : schema;
    }

    private static SnapshotChoice at(TableMetadata table, Instant moment) {
        long millis = moment.toEpochMilli();
        Long found = null;
        for (HistoryEntry entry : table.snapshotLog()) {
            if (entry.timestampMillis() <= millis) {
                found = entry.snapshotId();
            }
        }
        // A table whose writer keeps no log still knows the parents of its snapshots.
        Snapshot ancestor = table.snapshotLog().isEmpty() ? table.currentSnapshot() : null;
        while (ancestor != null && ancestor.timestampMillis() > millis) {
            ancestor = ancestor.parentId() == null ? null : table.snapshot(ancestor.parentId());
        }
        if (ancestor != null) {
            found = ancestor.snapshotId();
        }
        if (found == null) {
            throw missing("version as of " + moment + ": the table does not know what it was then", table);
        }
        return of(table, found);
    }

    private static SnapshotChoice named(TableMetadata table, String name) {
        SnapshotRef ref = table.ref(name);
        if (ref != null && ref.isBranch()) {
            return new SnapshotChoice(table.snapshot(ref.snapshotId()), table.schema());
        }
        if (ref != null) {
            return of(table, ref.snapshotId());
        }
        if (name.equals(SnapshotRef.MAIN_BRANCH)) {
            return new SnapshotChoice(table.currentSnapshot(), table.schema());
        }
        Matcher pinned = WITH_SCHEMA.matcher(name);
        if (pinned.matches()) {
            return pinned(table, pinned.group(1), Integer.parseInt(pinned.group(2)));
        }
        throw new ServiceException(
                ErrorCode.SOURCE_NOT_FOUND,
                "\"" + name + "\": the table has no such branch or tag",
                NearestNames.hint(name, table.refs().keySet().stream()));
    }

    private static SnapshotChoice pinned(TableMetadata table, String snapshot, int schemaId) {
        Schema schema = table.schemasById().get(schemaId);
        if (schema == null) {
            throw missing("schema " + schemaId + ": the table does not have it any more", table);
        }
        return snapshot.equals(NO_SNAPSHOT)
                ? new SnapshotChoice(null, schema)
                : new SnapshotChoice(
                        of(table, ((AsOf.Version) AsOf.parse(snapshot)).id()).snapshot(), schema);
    }

    private static ServiceException missing(String message, TableMetadata table) {
        List<Snapshot> snapshots = table.snapshots();
        String hint = snapshots.isEmpty()
                ? "it has no snapshots yet"
                : "its oldest is " + snapshots.getFirst().snapshotId() + " of "
                        + Instant.ofEpochMilli(snapshots.getFirst().timestampMillis());
        return new ServiceException(ErrorCode.SOURCE_NOT_FOUND, message, hint);
    }
}
