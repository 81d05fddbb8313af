package dev.bowyer.flight.metadata;

import dev.bowyer.flight.wire.RootStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.flight.sql.impl.FlightSql.Nullable;
import org.apache.arrow.flight.sql.impl.FlightSql.Searchable;
import org.apache.arrow.flight.sql.impl.FlightSql.XdbcDataType;
import org.apache.arrow.flight.sql.impl.FlightSql.XdbcDatetimeSubcode;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;

/// The SQL types that columns can have, for GetXdbcTypeInfo.
enum XdbcTypes {
    BIGINT(XdbcDataType.XDBC_BIGINT, 19, Form.NUMBER),
    VARBINARY(XdbcDataType.XDBC_VARBINARY, Integer.MAX_VALUE, Form.BINARY),
    TINYINT(XdbcDataType.XDBC_TINYINT, 3, Form.NUMBER),
    BOOLEAN(XdbcDataType.XDBC_BIT, 1, Form.PLAIN),
    DECIMAL(XdbcDataType.XDBC_DECIMAL, 38, Form.DECIMAL),
    INTEGER(XdbcDataType.XDBC_INTEGER, 10, Form.NUMBER),
    SMALLINT(XdbcDataType.XDBC_SMALLINT, 5, Form.NUMBER),
    REAL(XdbcDataType.XDBC_REAL, 24, Form.FLOAT),
    DOUBLE(XdbcDataType.XDBC_DOUBLE, 53, Form.FLOAT),
    VARCHAR(XdbcDataType.XDBC_VARCHAR, Integer.MAX_VALUE, Form.TEXT),
    DATE(XdbcDataType.XDBC_DATE, 10, Form.DATETIME),
    TIME(XdbcDataType.XDBC_TIME, 18, Form.DATETIME),
    TIMESTAMP(XdbcDataType.XDBC_TIMESTAMP, 29, Form.DATETIME);

    private enum Form {
        PLAIN,
        NUMBER,
        DECIMAL,
        FLOAT,
        TEXT,
        BINARY,
        DATETIME
    }

    private final XdbcDataType type;
    private final int size;
    private final Form form;

    XdbcTypes(XdbcDataType type, int size, Form form) {
        this.type = type;
        this.size = size;
        this.form = form;
    }

    /// @param dataType the number of an [XdbcDataType]; null: all, by number
    static RootStream<XdbcTypes> select(
            BufferAllocator allocator, @org.jspecify.annotations.Nullable Integer dataType) {
        return new RootStream<>(
                allocator,
                Schemas.GET_TYPE_INFO_SCHEMA,
                Arrays.stream(values())
                        .filter(type -> dataType == null || type.type.getNumber() == dataType)
                        .sorted(Comparator.comparingInt(type -> type.type.getNumber()))
                        .iterator(),
                (root, index, type) -> type.write(new Row(root, index)));
    }

    private int write(Row row) {
        row.text("type_name", name());
        row.number("data_type", type.getNumber());
        row.number("column_size", size);
        writeLiteral(row);
        row.number("nullable", Nullable.NULLABILITY_NULLABLE_VALUE);
        row.flag("case_sensitive", form == Form.TEXT);
        row.number("searchable", Searchable.SEARCHABLE_FULL_VALUE);
        row.flag("fixed_prec_scale", false);
        row.text("local_type_name", name());
        if (form == Form.NUMBER || form == Form.DECIMAL || form == Form.FLOAT) {
            row.flag("unsigned_attribute", false);
            row.flag("auto_increment", false);
            row.number("num_prec_radix", form == Form.FLOAT ? 2 : 10);
        }
        if (form == Form.NUMBER || form == Form.DECIMAL) {
            row.number("minimum_scale", 0);
            row.number("maximum_scale", form == Form.DECIMAL ? size : 0);
        }
        if (form == Form.DATETIME) {
            row.number("sql_data_type", XdbcDataType.XDBC_DATETIME_VALUE);
            row.number("datetime_subcode", datetimeSubcode());
        } else {
            row.number("sql_data_type", type.getNumber());
        }
        return 128;
    }

    private void writeLiteral(Row row) {
        switch (form) {
            case TEXT -> {
                row.text("literal_prefix", "'");
                row.text("literal_suffix", "'");
                row.texts("create_params", "length");
            }
            case BINARY -> {
                row.text("literal_prefix", "X'");
                row.text("literal_suffix", "'");
                row.texts("create_params", "length");
            }
            case DATETIME -> {
                row.text("literal_prefix", name() + " '");
                row.text("literal_suffix", "'");
            }
            case DECIMAL -> row.texts("create_params", "precision", "scale");
            case PLAIN, NUMBER, FLOAT -> {}
        }
    }

    private int datetimeSubcode() {
        return switch (this) {
            case DATE -> XdbcDatetimeSubcode.XDBC_SUBCODE_DATE_VALUE;
            case TIME -> XdbcDatetimeSubcode.XDBC_SUBCODE_TIME_VALUE;
            case TIMESTAMP -> XdbcDatetimeSubcode.XDBC_SUBCODE_TIMESTAMP_VALUE;
            case BIGINT, VARBINARY, TINYINT, BOOLEAN, DECIMAL, INTEGER, SMALLINT, REAL, DOUBLE, VARCHAR ->
                XdbcDatetimeSubcode.XDBC_SUBCODE_UNKNOWN_VALUE;
        };
    }

    private record Row(VectorSchemaRoot root, int index) {
        void text(String column, String value) {
            ((VarCharVector) root.getVector(column)).setSafe(index, value.getBytes(StandardCharsets.UTF_8));
        }

        void number(String column, int value) {
            ((IntVector) root.getVector(column)).setSafe(index, value);
        }

        void flag(String column, boolean value) {
            ((BitVector) root.getVector(column)).setSafe(index, value ? 1 : 0);
        }

        void texts(String column, String... values) {
            UnionListWriter writer = ((ListVector) root.getVector(column)).getWriter();
            writer.setPosition(index);
            writer.startList();
            for (String value : values) {
                writer.writeVarChar(value);
            }
            writer.endList();
        }
    }
}
