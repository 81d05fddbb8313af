package dev.bowyer.http.connect;

import dev.bowyer.dataset.DatasetName;
import java.util.ArrayList;
import java.util.List;

/// What to paste in order to reach a server. With users, `USER` and `PASSWORD` stand where they go.
public final class ConnectSnippets {
    private final Server server;
    private final DatasetName dataset;

    private ConnectSnippets(Server server, DatasetName dataset) {
        this.server = server;
        this.dataset = dataset;
    }

    /// One way to reach it.
    ///
    /// @param client a stable name of it
    /// @param title for people, with what has to be installed
    /// @param language of the text: `python`, `sql`, `bash`, `java`, `url`
    public record Snippet(String client, String title, String language, String text) {}

    /// For the first dataset; a server without any is shown with `trips`.
    public static ConnectSnippets of(Server server, List<DatasetName> datasets) {
        return new ConnectSnippets(server, datasets.isEmpty() ? DatasetName.parse("trips") : datasets.getFirst());
    }

    /// Every one there is for this server.
    public List<Snippet> all() {
        List<Snippet> all = new ArrayList<>(List.of(pyarrow(), adbc(), polars(), jdbc(), javaClient(), commandLine()));
        if (server.http() != null) {
            all.addAll(List.of(curl(), duckdb(), grafana()));
        }
        return all;
    }

    /// Those that stand on the console when a server is ready.
    public String forConsole() {
        List<Snippet> shown = new ArrayList<>(List.of(pyarrow(), adbc(), jdbc()));
        if (server.http() != null) {
            shown.add(curl());
        }
        shown.add(commandLine());
        StringBuilder text = new StringBuilder();
        for (Snippet snippet : shown) {
            text.append("# ")
                    .append(snippet.title())
                    .append('\n')
                    .append(snippet.text())
                    .append("\n\n");
        }
        return text.toString();
    }

    private Snippet pyarrow() {
        String open = """
                import pyarrow.flight as fl
                print(fl.connect("${uri}").do_get(fl.Ticket(${ticket})).read_all())""";
        String withLogin = """
                import pyarrow.flight as fl
                client = fl.connect("${uri}")
                options = fl.FlightCallOptions(headers=[client.authenticate_basic_token("USER", "PASSWORD")])
                print(client.do_get(fl.Ticket(${ticket}), options).read_all())""";
        return snippet("pyarrow", "Python, pyarrow (pip install pyarrow)", "python", open, withLogin);
    }

    private Snippet adbc() {
        String open = """
                import adbc_driver_flightsql.dbapi as flightsql
                cursor = flightsql.connect("${uri}", autocommit=True).cursor()
                print(cursor.execute("SELECT count(*) FROM ${table}").fetch_arrow_table())""";
        String withLogin = """
                import adbc_driver_flightsql.dbapi as flightsql
                login = {"username": "USER", "password": "PASSWORD"}
                cursor = flightsql.connect("${uri}", db_kwargs=login, autocommit=True).cursor()
                print(cursor.execute("SELECT count(*) FROM ${table}").fetch_arrow_table())""";
        String title = "Python, ADBC (pip install adbc-driver-flightsql adbc-driver-manager pyarrow)";
        return snippet("adbc", title, "python", open, withLogin);
    }

    private Snippet polars() {
        String open = """
                import adbc_driver_flightsql.dbapi as flightsql, polars as pl
                connection = flightsql.connect("${uri}", autocommit=True)
                print(pl.read_database("SELECT * FROM ${table} LIMIT 5", connection))""";
        String withLogin = """
                import adbc_driver_flightsql.dbapi as flightsql, polars as pl
                login = {"username": "USER", "password": "PASSWORD"}
                connection = flightsql.connect("${uri}", db_kwargs=login, autocommit=True)
                print(pl.read_database("SELECT * FROM ${table} LIMIT 5", connection))""";
        String title = "Python, polars (pip install polars adbc-driver-flightsql adbc-driver-manager pyarrow)";
        return snippet("polars", title, "python", open, withLogin);
    }

    private Snippet jdbc() {
        String open = "jdbc:arrow-flight-sql://${authority}/?useEncryption=${tls}";
        String title = "JDBC (org.apache.arrow:flight-sql-jdbc-driver:18.3.0;"
                + " JVM flag --add-opens=java.base/java.nio=ALL-UNNAMED)";
        return snippet("jdbc", title, "url", open, open + "&user=USER&password=PASSWORD");
    }

    private Snippet javaClient() {
        String open = """
                try (BowyerClient client = BowyerClient.connect("${uri}");
                        ArrowFrame frame = client.sql("SELECT count(*) FROM ${table}").fetch()) {
                    System.out.println(frame);
                }""";
        String withLogin = open.replace("\"${uri}\")", "\"${uri}\", o -> o.basic(\"USER\", \"PASSWORD\"))");
        return snippet("java", "Java (dev.bowyer:flight-client)", "java", open, withLogin);
    }

    private Snippet commandLine() {
        String open = "./bowyer sql --uri ${uri} \"SELECT * FROM ${shellTable} LIMIT 5\"";
        return snippet("cli", "Command line", "bash", open, open.replace("sql --uri", "sql --user USER --uri"));
    }

    private Snippet curl() {
        String open = "curl -s -H 'Content-Type: text/plain' -H 'Accept: text/csv' ${http}/v1/sql"
                + " -d \"SELECT * FROM ${shellTable} LIMIT 5\"";
        return snippet("curl", "curl", "bash", open, open.replace("curl -s", "curl -s -u USER:PASSWORD"));
    }

    /// DuckDB reads no answer of a POST, so that a file comes in between.
    private Snippet duckdb() {
        String open = "curl -s -H 'Content-Type: text/plain' '${http}/v1/sql?format=parquet' -o result.parquet"
                + " -d \"SELECT * FROM ${shellTable}\"\nduckdb -c \"SELECT count(*) FROM 'result.parquet'\"";
        return snippet("duckdb", "DuckDB", "bash", open, open.replace("curl -s", "curl -s -u USER:PASSWORD"));
    }

    private Snippet grafana() {
        String open = """
                type: JSON, parser: Backend, source: URL, method: POST, body: Raw (text/plain)
                URL:  ${http}/v1/sql?format=json
                body: SELECT * FROM ${plainTable} LIMIT 1000""";
        String title = "Grafana (Infinity data source)";
        return snippet("grafana", title, "text", open, open + "\nauth: Basic, USER and PASSWORD");
    }

    private Snippet snippet(String client, String title, String language, String open, String withLogin) {
        String table = quoted(dataset);
        boolean isTls = String.valueOf(server.flight().getScheme()).contains("tls");
        String text = (server.needsLogin() ? withLogin : open)
                .replace("${uri}", server.flight().toString())
                .replace("${authority}", server.flight().getAuthority())
                .replace("${tls}", Boolean.toString(isTls))
                .replace("${http}", String.valueOf(server.http()))
                .replace("${ticket}", ticket(dataset))
                .replace("${table}", table.replace("\\", "\\\\").replace("\"", "\\\""))
                .replace("${shellTable}", table.replaceAll("([\"$`\\\\])", "\\\\$1"))
                .replace("${plainTable}", table);
        return new Snippet(client, title, language, text);
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
