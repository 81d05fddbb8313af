package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One SQL statement and what is bound to it. Immutable: bytes are copied on their way in and out. Two are equal when
 * their texts and values are. What is bound may be secret, so {@link #toString} only counts it.
 *
 * @param sql holds one {@code ?} for each parameter, in their order; a {@code ?} between double quotes is part of a
 *     name
 * @param parameters never null; each one of {@link Boolean}, {@link Long}, {@link Double},
 *     {@link java.math.BigDecimal}, {@link String}, {@code byte[]}, {@link java.time.LocalDate},
 *     {@link java.time.LocalTime}, {@link java.time.LocalDateTime}, {@link java.time.Instant}. What is null is written
 *     into the statement as a typed NULL
 */
public record Statement(String sql, List<Object> parameters) {
    public Statement {
        parameters = copied(parameters);
    }

    @Override
    public List<Object> parameters() {
        return parameters.stream().anyMatch(byte[].class::isInstance) ? copied(parameters) : parameters;
    }

    private static List<Object> copied(List<Object> values) {
        List<Object> copy = new ArrayList<>(values);
        copy.replaceAll(value -> value instanceof byte[] bytes ? bytes.clone() : value);
        return List.copyOf(copy);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Statement statement
                && sql.equals(statement.sql)
                && Arrays.deepEquals(parameters.toArray(), statement.parameters.toArray());
    }

    @Override
    public int hashCode() {
        return 31 * sql.hashCode() + Arrays.deepHashCode(parameters.toArray());
    }

    @Override
    public String toString() {
        return "Statement[" + sql + "; parameters: " + parameters.size() + "]";
    }
}
