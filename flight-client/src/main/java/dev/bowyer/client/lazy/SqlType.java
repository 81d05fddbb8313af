package dev.bowyer.client.lazy;

import org.jspecify.annotations.Nullable;

/** A type that values are cast to. Immutable; the only instances are the constants and those of {@link #decimal}. */
public final class SqlType {
    public static final SqlType BOOLEAN = new SqlType("BOOLEAN");
    public static final SqlType TINYINT = new SqlType("TINYINT");
    public static final SqlType SMALLINT = new SqlType("SMALLINT");
    public static final SqlType INTEGER = new SqlType("INTEGER");
    public static final SqlType BIGINT = new SqlType("BIGINT");
    /** A float of 32 bits. */
    public static final SqlType REAL = new SqlType("REAL");
    /** A float of 64 bits. */
    public static final SqlType DOUBLE = new SqlType("DOUBLE");

    public static final SqlType VARCHAR = new SqlType("VARCHAR");
    public static final SqlType BINARY = new SqlType("BYTEA");
    public static final SqlType DATE = new SqlType("DATE");
    public static final SqlType TIME = new SqlType("TIME");
    /** Microseconds, without a zone. */
    public static final SqlType TIMESTAMP = new SqlType("TIMESTAMP(6)");
    /** Nanoseconds, without a zone: years 1677 to 2262. */
    public static final SqlType TIMESTAMP_NANOS = new SqlType("TIMESTAMP(9)");
    /** A moment, in microseconds. */
    public static final SqlType TIMESTAMP_TZ =
            new SqlType("TIMESTAMP WITH TIME ZONE", "Timestamp(Microsecond, Some(\"UTC\"))");

    /** A moment, in nanoseconds. */
    static final SqlType TIMESTAMP_TZ_NANOS =
            new SqlType("TIMESTAMP WITH TIME ZONE", "Timestamp(Nanosecond, Some(\"UTC\"))");

    static final int MAX_DECIMAL_DIGITS = 38;

    private final String sql;
    private final @Nullable String arrow;

    private SqlType(String sql) {
        this(sql, null);
    }

    private SqlType(String sql, @Nullable String arrow) {
        this.sql = sql;
        this.arrow = arrow;
    }

    /**
     * @param precision digits in all, 1 to 38
     * @param scale digits behind the point, 0 to {@code precision}
     * @throws dev.bowyer.client.error.BowyerException INVALID_ARGUMENT
     */
    public static SqlType decimal(int precision, int scale) {
        if (precision < 1 || precision > MAX_DECIMAL_DIGITS) {
            throw Invalid.argument(
                    "decimal precision: " + precision + " (expected: 1 to " + MAX_DECIMAL_DIGITS + ")",
                    "cast to SqlType.DOUBLE for larger numbers");
        }
        if (scale < 0 || scale > precision) {
            throw Invalid.argument(
                    "decimal scale: " + scale + " (expected: 0 to " + precision + ")",
                    "the scale counts digits behind the point");
        }
        return new SqlType("DECIMAL(" + precision + ", " + scale + ")");
    }

    /**
     * DataFusion's name of a type that its SQL has no name for: it drops the zone of a TIMESTAMP WITH TIME ZONE. Else
     * null.
     */
    @Nullable
    String arrow() {
        return arrow;
    }

    /** As SQL names it. */
    @Override
    public String toString() {
        return sql;
    }
}
