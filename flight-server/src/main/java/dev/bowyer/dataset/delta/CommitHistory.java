package dev.bowyer.dataset.delta;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.bowyer.dataset.delta.log.JsonLines;
import dev.bowyer.dataset.delta.log.JsonValues;
import dev.bowyer.dataset.delta.log.LogAccess;
import dev.bowyer.dataset.lake.LakeVersion;
import dev.bowyer.dataset.lake.SnapshotInfo;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the writers of a table say that they did.
final class CommitHistory {
    private static final String ACTION = "commitInfo";
    private static final byte[] QUOTED = ('"' + ACTION + '"').getBytes(StandardCharsets.UTF_8);

    private CommitHistory() {}

    /// One commit.
    ///
    /// @param millis when it was made: as time travel has it, except that this does not level out commits
    ///     whose files have times in the wrong order
    /// @param info without fields if the writer said nothing
    record Entry(long version, boolean first, long millis, JsonNode info) {
        @Nullable
        String text(String field) {
            JsonNode value = info.path(field);
            return value.isMissingNode() || value.isNull() ? null : value.asText();
        }

        /// As JSON.
        @Nullable
        String json(String field) {
            JsonNode value = info.path(field);
            return value.isMissingNode() || value.isNull() ? null : value.toString();
        }

        SnapshotInfo snapshot() {
            SortedMap<String, String> summary = new TreeMap<>();
            info.path("operationMetrics")
                    .properties()
                    .forEach(metric -> summary.put(metric.getKey(), text(metric.getValue())));
            info.path("operationParameters")
                    .properties()
                    .forEach(parameter -> summary.put("parameter." + parameter.getKey(), text(parameter.getValue())));
            return new SnapshotInfo(
                    Long.toString(version),
                    first ? null : Long.toString(version - 1),
                    Instant.ofEpochMilli(millis),
                    text("operation"),
                    summary);
        }

        private static String text(JsonNode value) {
            return value.isTextual() ? value.textValue() : value.toString();
        }
    }

    /// The commits from `oldest` to `newest`, in this order; at most [DeltaLimits#historyVersions], the
    /// newest ones.
    static List<Entry> read(LogAccess log, long oldest, long newest) {
        int most = Math.min(log.limits().historyVersions(), LakeVersion.MAX_SNAPSHOTS);
        long first = Math.max(oldest, newest - most + 1);
        List<Entry> entries = new ArrayList<>();
        for (LogAccess.Commit commit : log.commits(first)) {
            if (commit.version() <= newest) {
                JsonNode info = info(log, commit);
                JsonNode own = info.path("inCommitTimestamp");
                long millis =
                        own.isIntegralNumber() ? own.longValue() : commit.file().modifiedMillis();
                entries.add(new Entry(commit.version(), commit.version() == oldest, millis, info));
            }
        }
        return entries;
    }

    private static JsonNode info(LogAccess log, LogAccess.Commit commit) throws ServiceException {
        JsonLines lines = log.lines(commit.kernelPath());
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            // Other lines may be long, and there are many of them.
            if (startsWithAction(line)) {
                try {
                    JsonNode info = JsonValues.MAPPER.readTree(line).path(ACTION);
                    if (info.isObject()) {
                        return info;
                    }
                } catch (IOException e) {
                    throw lines.invalid(e);
                }
            }
        }
        return MissingNode.getInstance();
    }

    /// Each line is an object of one field.
    private static boolean startsWithAction(byte[] line) {
        int at = 0;
        while (at < line.length && line[at] != '"') {
            at++;
        }
        return at + QUOTED.length <= line.length
                && java.util.Arrays.equals(line, at, at + QUOTED.length, QUOTED, 0, QUOTED.length);
    }
}
