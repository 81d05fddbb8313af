package dev.bowyer.dataset.delta.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.error.ServiceException;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.TimeStampNanoTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.complex.impl.UnionMapWriter;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ArrowValuesTest {
    private static final FieldType LONG = FieldType.nullable(new ArrowType.Int(64, true));
    private static final FieldType TEXT = FieldType.nullable(ArrowType.Utf8.INSTANCE);
    private static final FieldType STRUCT = FieldType.nullable(ArrowType.Struct.INSTANCE);

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void free() {
        allocator.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static StructVector struct(StructVector parent, String name) {
        StructVector child = parent.addOrGet(name, STRUCT, StructVector.class);
        child.setIndexDefined(0);
        return child;
    }

    /// What becomes of a struct that is in the first of two rows.
    private List<@Nullable Object[]> rows(StructVector add, StructType type) {
        add.setIndexDefined(0);
        add.setNull(1);
        add.setValueCount(2);
        try (VectorSchemaRoot root = new VectorSchemaRoot(List.of(add))) {
            root.setRowCount(2);
            return ArrowValues.rows(root, type);
        }
    }

    @Test
    void valuesOutliveTheBatch() {
        StructVector add = StructVector.empty("add", allocator);
        add.addOrGet("n", LONG, BigIntVector.class).setSafe(0, 7);
        UnionListWriter list = add.addOrGet("l", FieldType.nullable(ArrowType.List.INSTANCE), ListVector.class)
                .getWriter();
        list.setPosition(0);
        list.startList();
        list.writeBigInt(1);
        list.writeNull();
        list.endList();
        UnionMapWriter map = add.addOrGet("m", FieldType.nullable(new ArrowType.Map(false)), MapVector.class)
                .getWriter();
        map.setPosition(0);
        map.startMap();
        map.startEntry();
        map.key().varChar().writeVarChar("k");
        map.value().varChar().writeVarChar("v");
        map.endEntry();
        map.endMap();
        StructType inner = new StructType()
                .add("m", new MapType(StringType.STRING, StringType.STRING, true))
                .add("absent", StringType.STRING)
                .add("n", LongType.LONG)
                .add("l", new ArrayType(LongType.LONG, true));
        StructType type = new StructType().add("add", inner).add("remove", inner);
        ValueBatch batch = ValueBatch.of(type, rows(add, type));
        ColumnVector read = batch.getColumnVector(0);
        assertThat(read.isNullAt(1)).isTrue();
        assertThat(batch.getColumnVector(1).isNullAt(0)).isTrue();
        assertThat(read.getChild(0).getMap(0).getKeys().getString(0)).isEqualTo("k");
        assertThat(read.getChild(0).getMap(0).getValues().getString(0)).isEqualTo("v");
        assertThat(read.getChild(1).isNullAt(0)).isTrue();
        assertThat(read.getChild(2).getLong(0)).isEqualTo(7);
        assertThat(read.getChild(3).getArray(0).getElements().isNullAt(1)).isTrue();
        assertThat(read.getChild(3).isNullAt(1)).isTrue();
    }

    @Test
    void statisticsMayBeAStructAlone() {
        StructVector add = StructVector.empty("add", allocator);
        StructVector parsed = struct(add, "stats_parsed");
        parsed.addOrGet("numRecords", LONG, BigIntVector.class).setSafe(0, 9);
        StructVector min = struct(parsed, "minValues");
        min.addOrGet(
                        "day",
                        FieldType.nullable(new ArrowType.Date(org.apache.arrow.vector.types.DateUnit.DAY)),
                        DateDayVector.class)
                .setSafe(0, -1);
        min.addOrGet(
                        "at",
                        FieldType.nullable(new ArrowType.Timestamp(TimeUnit.NANOSECOND, "UTC")),
                        TimeStampNanoTZVector.class)
                .setSafe(0, 1_000_000_000L);
        min.addOrGet("price", FieldType.nullable(new ArrowType.Decimal(9, 2, 128)), DecimalVector.class)
                .setSafe(0, new BigDecimal("-1.50"));
        min.addOrGet("text", TEXT, VarCharVector.class).setSafe(0, bytes("a\"b"));
        StructVector max = struct(parsed, "maxValues");
        max.addOrGet(
                        "x",
                        FieldType.nullable(new ArrowType.FloatingPoint(
                                org.apache.arrow.vector.types.FloatingPointPrecision.DOUBLE)),
                        Float8Vector.class)
                .setSafe(0, Double.POSITIVE_INFINITY);
        struct(parsed, "nullCount").addOrGet("x", LONG, BigIntVector.class).setSafe(0, 0);
        StructType type = new StructType().add("add", new StructType().add("stats", StringType.STRING));
        ValueBatch batch = ValueBatch.of(type, rows(add, type));
        assertThat(batch.getColumnVector(0).getChild(0).getString(0))
                .isEqualTo("{\"numRecords\":9,\"minValues\":{\"day\":\"1969-12-31\",\"at\":\"1970-01-01T00:00:01Z\","
                        + "\"price\":-1.50,\"text\":\"a\\\"b\"},\"maxValues\":{\"x\":\"Infinity\"},"
                        + "\"nullCount\":{\"x\":0}}");
    }

    @Test
    void columnsOfAnotherTypeAreRefused() {
        StructVector add = StructVector.empty("add", allocator);
        add.addOrGet("l", LONG, BigIntVector.class).setSafe(0, 7);
        StructType type = new StructType().add("add", new StructType().add("l", new ArrayType(LongType.LONG, true)));
        assertThatThrownBy(() -> rows(add, type))
                .isInstanceOf(ServiceException.class)
                .hasMessageStartingWith("column l is of the type Int(64, true) (expected: array");
    }
}
