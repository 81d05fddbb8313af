package dev.bowyer.clients;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads JDBC results to their end and closes them.
final class JdbcRows {
    static final String JDBC = "JDBC 18.3.0";

    private JdbcRows() {}

    static List<Long> longs(ResultSet rows) throws SQLException {
        try (rows) {
            List<Long> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getLong(1));
            }
            return values;
        }
    }

    static List<@Nullable String> texts(ResultSet rows, String column) throws SQLException {
        try (rows) {
            List<@Nullable String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(column));
            }
            return values;
        }
    }
}
