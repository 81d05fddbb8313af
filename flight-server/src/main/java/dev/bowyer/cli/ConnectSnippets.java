package dev.bowyer.cli;

import dev.bowyer.dataset.DatasetName;
import java.net.URI;
import java.util.List;

/// What to paste in order to reach a server.
final class ConnectSnippets {
    private static final String TEXT = """
            # Python, pyarrow (pip install pyarrow)
            import pyarrow.flight as fl
            print(fl.connect("${uri}").do_get(fl.Ticket(${ticket})).read_all())

            # Python, ADBC (pip install adbc-driver-flightsql adbc-driver-manager pyarrow)
            import adbc_driver_flightsql.dbapi as flightsql
            cursor = flightsql.connect("${uri}", autocommit=True).cursor()
            print(cursor.execute("SELECT count(*) FROM ${table}").fetch_arrow_table())

            # JDBC (org.apache.arrow:flight-sql-jdbc-driver:18.3.0; JVM flag --add-opens=java.base/java.nio=ALL-UNNAMED)
            jdbc:arrow-flight-sql://${authority}/?useEncryption=false

            # Command line
            ./bowyer sql --uri ${uri} "SELECT * FROM ${shellTable} LIMIT 5"

            """;

    private ConnectSnippets() {}

    /// For the first dataset; a server without any is shown with `trips`.
    static String of(URI uri, List<DatasetName> datasets) {
        DatasetName dataset = datasets.isEmpty() ? DatasetName.parse("trips") : datasets.getFirst();
        String table = quoted(dataset);
        return TEXT.replace("${uri}", uri.toString())
                .replace("${authority}", uri.getAuthority())
                .replace("${ticket}", ticket(dataset))
                .replace("${table}", table.replace("\\", "\\\\").replace("\"", "\\\""))
                .replace("${shellTable}", table.replaceAll("([\"$`\\\\])", "\\\\$1"));
    }

    /// Python has no bytes with other letters than ASCII's.
    private static String ticket(DatasetName dataset) {
        boolean inDefault = dataset.namespace().equals(DatasetName.DEFAULT_NAMESPACE);
        // A ticket is split at its first dot, so a table with a dot needs its namespace.
        String name = inDefault && dataset.table().contains(".")
                ? dataset.namespace() + "." + dataset.table()
                : dataset.toString();
        String literal = "\"" + name.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
        return name.chars().allMatch(c -> c < 128) ? "b" + literal : literal + ".encode()";
    }

    private static String quoted(DatasetName dataset) {
        String table = quoted(dataset.table());
        return dataset.namespace().equals(DatasetName.DEFAULT_NAMESPACE)
                ? table
                : quoted(dataset.namespace()) + "." + table;
    }

    private static String quoted(String part) {
        return part.matches("[a-z_][a-z0-9_]*") ? part : "\"" + part.replace("\"", "\"\"") + "\"";
    }
}
