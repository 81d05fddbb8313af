package dev.bowyer.query;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Table;
import dev.bowyer.engine.Plan;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// What planning a statement tells: the schema its rows will have, the parameters it has, and the id to run
/// it by.
///
/// @param parameters `$1`, `$2`, ... with their types; without fields when the statement has none
/// @param dataVersion names the versions of the data planned over; see [dev.bowyer.engine.Plan#dataVersion]
/// @param isRepeatable see [dev.bowyer.engine.Plan#isRepeatable]
/// @param parts how many runs share the rows among them; 1 unless more were asked for and the plan can be
///     split
/// @param versions of the tables that keep any, as planned over
/// @param table the version of the data that was planned over, for a scan of all its rows; otherwise null
public record PlannedQuery(
        String id,
        QueryRequest request,
        Schema schema,
        Schema parameters,
        String dataVersion,
        boolean isRepeatable,
        int parts,
        Map<DatasetName, String> versions,
        @Nullable Table table) {

    public PlannedQuery {
        versions = Map.copyOf(versions);
    }

    static PlannedQuery of(String id, QueryRequest request, Planner.Planned planned, int parts) {
        Plan plan = planned.plan().plan();
        return new PlannedQuery(
                id,
                request,
                plan.schema(),
                plan.parameters(),
                plan.dataVersion(),
                plan.isRepeatable(),
                parts <= 1 ? 1 : plan.parts(parts),
                planned.versions(),
                planned.table());
    }

    /// What a ticket for one of the parts has to carry.
    public Announcement part(int part) {
        return new Announcement(id, request, part, parts, dataVersion, Announcement.hash(schema), versions);
    }
}
