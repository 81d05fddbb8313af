package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.List;

/** A piece of SQL with the values of its parameters, in the order of their marks. */
final class SqlText {
    private final StringBuilder text = new StringBuilder();
    private final List<Object> parameters = new ArrayList<>();

    static SqlText of(String sql) {
        return new SqlText().append(sql);
    }

    SqlText append(String sql) {
        text.append(sql);
        return this;
    }

    SqlText append(SqlText other) {
        text.append(other.text);
        parameters.addAll(other.parameters);
        return this;
    }

    SqlText parameter(Object value) {
        text.append('?');
        parameters.add(value);
        return this;
    }

    Statement statement() {
        return new Statement(text.toString(), parameters);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
