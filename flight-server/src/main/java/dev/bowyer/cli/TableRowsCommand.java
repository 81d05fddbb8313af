package dev.bowyer.cli;

import dev.bowyer.cli.output.Terminal;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Shows rows about a table that keeps its versions.
abstract sealed class TableRowsCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final String kind;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private RowsOutput output = new RowsOutput();

    @Parameters(paramLabel = "NAME", description = "The dataset; NAME@VERSION for another version than the newest.")
    private String name = "";

    /// @param kind of rows, as in `NAME$kind`
    private TableRowsCommand(Terminal terminal, String kind) {
        this.terminal = terminal;
        this.kind = kind;
    }

    @Override
    public Integer call() {
        return output.run(terminal, server, "SELECT * FROM " + quoted(name + "$" + kind), Map.of());
    }

    /// As SQL: the part behind the last dot is the table, but for dots in a version.
    static String quoted(String name) {
        int at = name.indexOf('@');
        int dot = name.lastIndexOf('.', at < 0 ? name.length() : at);
        String table = "\"" + name.substring(dot + 1).replace("\"", "\"\"") + "\"";
        return dot < 0 ? table : "\"" + name.substring(0, dot).replace("\"", "\"\"") + "\"." + table;
    }

    @Command(
            name = "snapshots",
            description = "Shows the versions of an Iceberg or Delta table.",
            footer = {"", "Example:", "  bowyer snapshots orders"})
    static final class Snapshots extends TableRowsCommand {
        Snapshots(Terminal terminal) {
            super(terminal, "snapshots");
        }
    }

    @Command(
            name = "files",
            description = "Shows the data files of an Iceberg or Delta table.",
            footer = {"", "Examples:", "  bowyer files orders", "  bowyer files orders@2026-01-31 -o files.parquet"})
    static final class Files extends TableRowsCommand {
        Files(Terminal terminal) {
            super(terminal, "files");
        }
    }
}
