package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.FieldTypes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * What of SQL differs between databases: quotes, names of types, the objects that a driver takes.
 *
 * @param quote of identifiers; empty when there is none
 * @param binary type of binary values
 * @param exact whether there are exact decimals and times; else they are text
 * @param maximumPrecision digits of a decimal; beyond, it is text
 */
record SqlDialect(String quote, String binary, boolean exact, int maximumPrecision) {
    private static final String TEXT = "TEXT";
    private static final ValueText WORDS = new ValueText(ValueText.HEX);
    private static final int DUCKDB_PRECISION = 38;
    private static final int POSTGRESQL_PRECISION = 1000;
    private static final BigInteger MAXIMUM_LONG = BigInteger.valueOf(Long.MAX_VALUE);

    static SqlDialect of(Connection connection) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        String quote = data.getIdentifierQuoteString();
        String trimmed = quote == null ? "" : quote.trim();
        return switch (data.getDatabaseProductName()) {
            case "PostgreSQL" -> new SqlDialect(trimmed, "BYTEA", true, POSTGRESQL_PRECISION);
            case "SQLite" -> new SqlDialect(trimmed, "BLOB", false, 0);
            default -> new SqlDialect(trimmed, "BLOB", true, DUCKDB_PRECISION);
        };
    }

    /** @throws BowyerException SINK_FAILED when the database has no quotes and the name needs them */
    String quoted(String name) {
        if (quote.isEmpty()) {
            if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                throw BowyerException.of(
                        ErrorCodes.SINK_FAILED,
                        "this database cannot quote the name " + name,
                        "use letters, digits and underscores only, by AS in the query");
            }
            return name;
        }
        if (name.isEmpty() || name.indexOf('\0') >= 0) {
            throw BowyerException.of(
                    ErrorCodes.SINK_FAILED,
                    "no table and no column can have the name '" + name.replace("\0", "\\0") + "'",
                    "name it, by AS in the query");
        }
        return quote + name.replace(quote, quote + quote) + quote;
    }

    /** The type of a column that takes all values of {@code field}. */
    String type(Field field) {
        Class<?> java = FieldTypes.javaType(field);
        if (java == Boolean.class) {
            return "BOOLEAN";
        } else if (java == Byte.class || java == Short.class) {
            return "SMALLINT";
        } else if (java == Integer.class) {
            return "INTEGER";
        } else if (java == Long.class) {
            return "BIGINT";
        } else if (java == Float.class) {
            return "REAL";
        } else if (java == Double.class) {
            return "DOUBLE PRECISION";
        } else if (java == byte[].class) {
            return binary;
        }
        return exact ? exactType(java, field) : TEXT;
    }

    private String exactType(Class<?> java, Field field) {
        if (java == BigInteger.class) {
            return "DECIMAL(20, 0)";
        } else if (java == BigDecimal.class) {
            ArrowType.Decimal type = decimal(field);
            return fits(type) ? "DECIMAL(" + digits(type) + ", " + Math.max(0, type.getScale()) + ")" : TEXT;
        } else if (java == LocalDate.class) {
            return "DATE";
        } else if (java == LocalTime.class) {
            return "TIME";
        } else if (java == LocalDateTime.class) {
            return "TIMESTAMP";
        }
        return java == Instant.class ? "TIMESTAMP WITH TIME ZONE" : TEXT;
    }

    /** Of a field whose values are decimals. */
    private static ArrowType.Decimal decimal(Field field) {
        return field.getType() instanceof ArrowType.Decimal type
                ? type
                : decimal(field.getChildren().get(1)); // of runs, the values
    }

    /** Digits of all values, with the zeros that a scale outside of the precision stands for. */
    private static long digits(ArrowType.Decimal type) {
        long scale = type.getScale();
        return Math.max(scale, type.getPrecision() - Math.min(0, scale));
    }

    private boolean fits(ArrowType.Decimal type) {
        return digits(type) <= maximumPrecision;
    }

    /** The object that a driver takes for a value of {@code field}; what it has no type for is text. */
    Object parameter(Field field, Object value) {
        if (value instanceof Byte || value instanceof Short) {
            return ((Number) value).intValue();
        } else if (value instanceof BigInteger integer) {
            if (integer.compareTo(MAXIMUM_LONG) <= 0) {
                return integer.longValueExact();
            }
            return exact ? new BigDecimal(integer) : integer.toString();
        } else if (exact && value instanceof Instant instant) {
            return instant.atOffset(ZoneOffset.UTC);
        } else if (exact && value instanceof BigDecimal decimal && isDecimal(field)) {
            return decimal.scale() < 0 ? decimal.setScale(0) : decimal;
        } else if (exact && isTime(value)) {
            return value;
        }
        boolean plain = value instanceof Boolean
                || value instanceof Integer
                || value instanceof Long
                || value instanceof Float
                || value instanceof Double
                || value instanceof byte[];
        return plain ? value : WORDS.of(value);
    }

    /** Whether the column has a type for it; not so where it is one of the types of a union. */
    private boolean isDecimal(Field field) {
        return FieldTypes.javaType(field) == BigDecimal.class && fits(decimal(field));
    }

    private static boolean isTime(Object value) {
        return value instanceof LocalDate || value instanceof LocalTime || value instanceof LocalDateTime;
    }
}
