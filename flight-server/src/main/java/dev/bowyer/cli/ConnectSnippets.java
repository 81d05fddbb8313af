package dev.bowyer.cli;

import java.net.URI;
import java.util.List;

/// What to paste in order to reach a server.
final class ConnectSnippets {
    private static final String TEXT = """
            # Python, pyarrow (pip install pyarrow)
            import pyarrow.flight as fl
            print(fl.connect("${uri}").do_get(fl.Ticket(b"${dataset}")).read_all())

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
    static String of(URI uri, List<String> datasets) {
        String dataset = datasets.isEmpty() ? "trips" : datasets.getFirst();
        String table = quoted(dataset);
        return TEXT.replace("${uri}", uri.toString())
                .replace("${authority}", uri.getAuthority())
                .replace("${dataset}", dataset.replace("\\", "\\\\").replace("\"", "\\\""))
                .replace("${table}", table.replace("\\", "\\\\").replace("\"", "\\\""))
                .replace("${shellTable}", table.replaceAll("([\"$`\\\\])", "\\\\$1"));
    }

    private static String quoted(String dataset) {
        StringBuilder name = new StringBuilder();
        for (String part : dataset.split("\\.", 2)) {
            name.append(name.isEmpty() ? "" : ".");
            name.append(part.matches("[a-z_][a-z0-9_]*") ? part : "\"" + part.replace("\"", "\"\"") + "\"");
        }
        return name.toString();
    }
}
