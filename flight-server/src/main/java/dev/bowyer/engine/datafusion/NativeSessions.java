package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Table;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Collection;
import java.util.Map;
import java.util.WeakHashMap;

/// One native session for each catalog snapshot: what SQL can see. A session is freed once nobody refers to
/// its snapshot. Snapshots are compared by identity, which is their [Object#equals].
final class NativeSessions {
    private final NativeBorder border;
    private final NativeHandle engine;
    private final Cleaner cleaner;
    private final Map<CatalogSnapshot, NativeHandle> sessions = new WeakHashMap<>();

    NativeSessions(NativeBorder border, NativeHandle engine, Cleaner cleaner) {
        this.border = border;
        this.engine = engine;
        this.cleaner = cleaner;
    }

    /// The session stays valid while the caller keeps `snapshot` reachable. Makes one session at a time,
    /// which is quick: it touches no file.
    synchronized NativeHandle of(CatalogSnapshot snapshot) {
        return sessions.computeIfAbsent(snapshot, this::open);
    }

    private NativeHandle open(CatalogSnapshot snapshot) {
        try {
            long session = border.make(border.calls().sessionNew, engine.value(), Json.bytes(tables(snapshot)), null);
            NativeHandle handle = new NativeHandle("session", border, engine, session, border.calls().sessionFree);
            cleaner.register(snapshot, handle::close);
            return handle;
        } finally {
            // The JSON has handles of tables that perhaps only the snapshot keeps from being freed.
            Reference.reachabilityFence(snapshot);
        }
    }

    private static ObjectNode tables(CatalogSnapshot snapshot) {
        ObjectNode json = Json.object().put("catalog", DatasetName.CATALOG);
        json.set("tables", tables(snapshot.datasets()));
        ArrayNode names = json.putArray("names");
        for (DatasetName name : snapshot.unopened()) {
            names.addObject().put("schema", name.namespace()).put("name", name.table());
        }
        return json;
    }

    /// The caller keeps the tables reachable for as long as the engine may look them up.
    static ArrayNode tables(Collection<Dataset> datasets) {
        ArrayNode tables = Json.array();
        for (Dataset dataset : datasets) {
            tables.addObject()
                    .put("schema", dataset.name().namespace())
                    .put("name", dataset.name().table())
                    .put(
                            "table",
                            Json.unsigned(nativeTable(dataset.table()).handle().value()));
        }
        return tables;
    }

    static NativeTable nativeTable(Table table) {
        if (table.opened() instanceof NativeTable ours) {
            return ours;
        }
        throw new ServiceException(
                ErrorCode.INTERNAL,
                "a table of another engine: " + table.getClass().getName());
    }
}
