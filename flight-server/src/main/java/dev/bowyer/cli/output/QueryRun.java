package dev.bowyer.cli.output;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.SqlQuery;
import dev.bowyer.client.frame.BatchStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A query whose rows are shown or saved, once.
public final class QueryRun {
    private final SqlQuery query;
    private final Object lock = new Object();
    private boolean cancelled;
    private @Nullable BatchStream running;

    private QueryRun(SqlQuery query) {
        this.query = query;
    }

    /// Nothing is sent yet.
    ///
    /// @param parameters by the names that the statement has for them; `1`, `2` and so on: by position
    public static QueryRun of(BowyerClient client, String sql, Map<String, @Nullable Object> parameters) {
        SqlQuery query = client.sql(sql);
        List<@Nullable Object> positional = positional(parameters);
        if (!positional.isEmpty()) {
            return new QueryRun(query.bindAll(positional));
        }
        for (var parameter : parameters.entrySet()) {
            query = query.bind(parameter.getKey(), parameter.getValue());
        }
        return new QueryRun(query);
    }

    /// Empty unless the names are the numbers from 1 on.
    private static List<@Nullable Object> positional(Map<String, @Nullable Object> parameters) {
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 1; i <= parameters.size(); i++) {
            String name = Integer.toString(i);
            if (!parameters.containsKey(name)) {
                return List.of();
            }
            values.add(parameters.get(name));
        }
        return values;
    }

    /// Runs the query to its end. A person at stderr sees how far it is.
    ///
    /// @param options as in [RowTarget#write]
    public void write(Terminal terminal, RowTarget target, String options) {
        if (!terminal.person().readsErrors() || !target.leavesTerminalFree(terminal)) {
            write(query, terminal, target, () -> {}, options);
            return;
        }
        try (ProgressLine line = new ProgressLine(terminal.err())) {
            write(query.onProgress(line::update), terminal, target, line::close, options);
        }
    }

    /// From any thread: [#write] then throws CANCELLED, as soon as the server has planned the query.
    public void cancel() {
        synchronized (lock) {
            cancelled = true;
            if (running != null) {
                running.cancel();
            }
        }
    }

    private void write(SqlQuery asked, Terminal terminal, RowTarget target, Runnable beforeOutput, String options) {
        try (BatchStream result = asked.stream()) {
            synchronized (lock) {
                running = result;
                if (cancelled) {
                    result.cancel();
                }
            }
            target.write(terminal, result, beforeOutput, options);
        }
    }
}
