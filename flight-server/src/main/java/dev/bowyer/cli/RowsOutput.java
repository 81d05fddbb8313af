package dev.bowyer.cli;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.ResultStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Where the rows of a query go, and in which form: an option of every command that shows rows.
final class RowsOutput {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "${COMPLETION-CANDIDATES}. Default: by the ending of -o, or table.")
    private @Nullable Format format;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Writes to this file and not to stdout.")
    private @Nullable Path output;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "100",
            description = "Most rows that table and md show; 0: as many as they can (" + TextTable.MAX_ROWS
                    + "). Default: ${DEFAULT-VALUE}.")
    private long rows = 100;

    /// The names are what the user types. The engine writes all but the first two.
    enum Format {
        table,
        md,
        csv,
        json,
        ndjson,
        arrow,
        parquet;

        boolean isForPeople() {
            return this == table || this == md;
        }

        boolean isBinary() {
            return this == arrow || this == parquet;
        }
    }

    /// Runs `sql` and writes its rows.
    int run(Terminal terminal, ServerOption server, String sql) {
        Format chosen = chosenFormat();
        if (rows < 0) {
            throw usage("--rows: " + rows + " (expected: 0 or more)");
        }
        if (chosen.isForPeople() && output != null) {
            throw usage("--format " + chosen + " goes to stdout; a file wants csv, json, ndjson, arrow or parquet");
        }
        if (chosen.isBinary() && output == null && terminal.interactive()) {
            throw usage("--format " + chosen + " is not for a terminal; name a file with -o, or pipe stdout into one");
        }
        try (BowyerClient client = server.connect();
                ResultStream result = client.sql(sql)) {
            if (chosen.isForPeople()) {
                show(terminal, result, chosen);
            } else {
                terminal.out().flush();
                RowFile.write(result, chosen.name(), output);
            }
        }
        return ExitCode.OK;
    }

    private Format chosenFormat() {
        if (format != null) {
            return format;
        }
        if (output == null) {
            return Format.table;
        }
        String name = output.toString().toLowerCase(Locale.ROOT);
        String ending = name.substring(name.lastIndexOf('.') + 1);
        for (Format known : Format.values()) {
            if (!known.isForPeople() && known.name().equals(ending)) {
                return known;
            }
        }
        throw usage("-o " + output + ": no format has this ending; name one with --format");
    }

    private void show(Terminal terminal, ResultStream result, Format chosen) {
        List<Field> fields = result.schema().getFields();
        TextTable table = new TextTable(
                fields.stream().map(Field::getName).toList(),
                fields.stream().map(field -> CellText.isNumber(field.getType())).toList());
        boolean whole = fill(table, result);
        if (chosen == Format.md) {
            table.printMarkdown(terminal.out());
        } else {
            table.print(terminal.out());
        }
        terminal.out().flush();
        if (!whole) {
            String more = rows > 0 && table.size() == rows ? "--rows 0 shows more" : "--format csv writes all";
            terminal.err().println("(only the first " + table.size() + " rows are shown; " + more + ")");
        } else if (chosen == Format.table) {
            terminal.err().println("(" + table.size() + (table.size() == 1 ? " row)" : " rows)"));
        }
    }

    /// Whether all rows were taken.
    private boolean fill(TextTable table, ResultStream result) {
        while (result.next()) {
            List<FieldVector> columns = result.root().getFieldVectors();
            for (int row = 0; row < result.root().getRowCount(); row++) {
                if ((rows > 0 && table.size() == rows) || table.isFull()) {
                    result.cancel();
                    return false;
                }
                List<String> cells = new ArrayList<>(columns.size());
                for (FieldVector column : columns) {
                    cells.add(CellText.of(column, row));
                }
                table.add(cells);
            }
        }
        return true;
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
