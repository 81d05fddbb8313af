package dev.bowyer.config;

/// Writes the reference page of the configuration file from the table that the loader reads by.
public final class ConfigReference {
    private static final String HEAD = """
            # Configuration

            `bowyer serve --config bowyer.yaml` reads one YAML file. It is strict: an unknown key, a key that stands twice or a
            value of the wrong type is an error with file, line and column. All errors are shown at once, and the exit code is 3.

            ```yaml
            server:
              flight: 127.0.0.1:8815
            limits:
              query-memory: 2GiB
              total-memory: 50%
              timeout: 5m
            tickets:
              keys: ["${file:/run/secrets/bowyer-key}"]
            auth:
              users:
                - { name: ann, password-hash: "${env:ANN_PASSWORD_HASH}" }
            datasets:
              - name: trips
                from: /data/trips/
                format: parquet
                partitions: [day]
                refresh: 60s
              - { name: sales.orders, from: "/data/orders/*.csv", csv: { delimiter: ";", header: true } }
            ```

            * A value may refer to an environment variable, `${env:NAME}`, or to the content of a file, `${file:/run/secrets/x}`;
              a blank at the end of the file's text is left out. Such values are never printed.
            * The environment variable in the last column, if there is one, goes before the file.
            * A size is a number with B, KiB, MiB, GiB or TiB (KB, MB, ... count in thousands), or a share such as `60%`.
            * A duration is a whole number with `ms`, `s`, `m`, `h` or `d`.

            | key | value | default | what | variable |
            |---|---|---|---|---|
            """;

    private ConfigReference() {}

    /// The text of `docs/reference/configuration.md`.
    public static String markdown() {
        StringBuilder page = new StringBuilder(HEAD);
        for (ConfigKey<?> key : ConfigKeys.ALL) {
            String variable = key.variable();
            page.append("| `")
                    .append(key.path())
                    .append("` | ")
                    .append(key.type().name());
            if (!key.type().expected().startsWith("a text")) {
                page.append(": ").append(key.type().expected());
            }
            page.append(" | ").append(defaultOf(key));
            page.append(" | ").append(key.description());
            page.append(" | ")
                    .append(variable == null ? "" : "`" + variable + "`")
                    .append(" |\n");
        }
        return page.toString();
    }

    private static String defaultOf(ConfigKey<?> key) {
        if (key.required()) {
            return "*required*";
        }
        return key.defaultText() == null ? "" : "`" + key.defaultText() + "`";
    }
}
