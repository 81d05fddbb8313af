package dev.bowyer.dataset.delta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.dataset.lake.LakeFile.Bounds;
import io.delta.kernel.types.BinaryType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DateType;
import io.delta.kernel.types.DecimalType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.FloatType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.TimestampNTZType;
import io.delta.kernel.types.TimestampType;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DeltaStatsTest {
    private static DeltaStats stats(DataType type, boolean wasFloat, @Nullable String json) {
        DeltaColumn column = new DeltaColumn(3, "shown", "x", type, false, wasFloat);
        return DeltaStats.parse(Map.of("x", column), json == null ? null : json.replace('\'', '"'));
    }

    private static Bounds bounds(DataType type, String min, String max) {
        String json =
                "{'numRecords':5,'minValues':{'x':" + min + "},'maxValues':{'x':" + max + "},'nullCount':{'x':2}}";
        return Objects.requireNonNull(stats(type, false, json).bounds(false).get(3));
    }

    /// As [dev.bowyer.dataset.delta.log] writes it for a checkpoint that has structs.
    @Test
    void eachColumnHasItsBounds() {
        DeltaStats stats = DeltaStats.parse(
                Map.of(
                        "day", new DeltaColumn(0, "day", "day", DateType.DATE, false, false),
                        "at", new DeltaColumn(1, "at", "at", TimestampType.TIMESTAMP, false, false),
                        "price", new DeltaColumn(2, "price", "price", new DecimalType(9, 2), false, false),
                        "text", new DeltaColumn(3, "text", "text", StringType.STRING, false, false),
                        "x", new DeltaColumn(4, "x", "x", DoubleType.DOUBLE, false, false)),
                ("{'numRecords':9,'minValues':{'day':'1969-12-31','at':'1970-01-01T00:00:01Z','price':-1.50,"
                                + "'text':'a\\'b'},'maxValues':{'x':'Infinity'},'nullCount':{'x':0}}")
                        .replace('\'', '"'));
        assertThat(stats.rows()).isEqualTo(9);
        assertThat(stats.bounds(false))
                .containsEntry(0, new Bounds(-1L, null, null, null))
                .containsEntry(1, new Bounds(999_001L, null, null, null))
                .containsEntry(2, new Bounds(new BigDecimal("-1.50"), null, null, null))
                .containsEntry(3, new Bounds("a\"b", null, null, null))
                .containsEntry(4, new Bounds(null, Double.POSITIVE_INFINITY, 0L, null));
    }

    @Test
    void numbersAreNotRounded() {
        assertThat(bounds(LongType.LONG, "9007199254740993", "9223372036854775807"))
                .isEqualTo(new Bounds(9007199254740993L, Long.MAX_VALUE, 2L, null));
        assertThat(bounds(new DecimalType(9, 2), "-1.5", "12.34"))
                .isEqualTo(new Bounds(new BigDecimal("-1.50"), new BigDecimal("12.34"), 2L, null));
    }

    @Test
    void longDecimalsMayHaveComeThroughADouble() {
        BigDecimal exact = new BigDecimal("12345678901234567.891");
        Bounds bounds = bounds(new DecimalType(20, 3), "12345678901234568", "12345678901234567");
        assertThat((BigDecimal) bounds.min()).isLessThan(exact);
        assertThat((BigDecimal) bounds.max()).isGreaterThan(exact);
        assertThat(bounds(new DecimalType(20, 3), "1e30", "0").min()).isNull();
    }

    @Test
    void momentsAreTruncatedToTheMillisecond() {
        assertThat(bounds(TimestampType.TIMESTAMP, "'1970-01-01T00:00:01.000Z'", "'1970-01-01T01:00:01.000+01:00'"))
                .isEqualTo(new Bounds(999_001L, 1_000_999L, 2L, null));
        assertThat(bounds(TimestampNTZType.TIMESTAMP_NTZ, "'1969-12-31T23:59:59.999'", "'1970-01-02'"))
                .isEqualTo(new Bounds(-1_999L, 86_400_000_999L, 2L, null));
        assertThat(bounds(DateType.DATE, "'1969-12-31'", "'1970-01-02'")).isEqualTo(new Bounds(-1L, 1L, 2L, null));
    }

    @Test
    void floatsHaveNoNaNAndBothZeros() {
        assertThat(bounds(DoubleType.DOUBLE, "0.0", "'NaN'")).isEqualTo(new Bounds(-0.0, null, 2L, null));
        assertThat(bounds(FloatType.FLOAT, "'-Infinity'", "-0.0"))
                .isEqualTo(new Bounds(Float.NEGATIVE_INFINITY, 0.0f, 2L, null));
    }

    @Test
    void columnThatWasAFloatHasItsBoundsAsFloats() {
        String json = "{'numRecords':1,'minValues':{'x':1.1},'maxValues':{'x':1.1}}";
        Bounds bounds = stats(DoubleType.DOUBLE, true, json).bounds(false).get(3);
        assertThat(bounds).isEqualTo(new Bounds(1.1, (double) 1.1f, null, null));
    }

    @Test
    void whatIsNotUnderstoodIsNotKnown() {
        assertThat(bounds(LongType.LONG, "'many'", "7")).isEqualTo(new Bounds(null, 7L, 2L, null));
        assertThat(bounds(BinaryType.BINARY, "'a'", "'b'")).isEqualTo(new Bounds(null, null, 2L, null));
        assertThat(bounds(StringType.STRING, "null", "'b'")).isEqualTo(new Bounds(null, "b", 2L, null));
        assertThat(stats(LongType.LONG, false, "{'numRecords':1,").rows()).isNull();
        assertThat(stats(LongType.LONG, false, null).bounds(false)).isEmpty();
        assertThat(stats(LongType.LONG, false, "{'minValues':{'x':{'y':1},'z':2}}")
                        .bounds(false))
                .isEmpty();
    }

    @Test
    void countsOfNullsAmongDeletedRowsSayNoneOrAll() {
        DeltaStats some = stats(LongType.LONG, false, "{'numRecords':5,'nullCount':{'x':2}}");
        assertThat(some.rows()).isEqualTo(5);
        assertThat(some.bounds(true)).isEmpty();
        DeltaStats all = stats(LongType.LONG, false, "{'numRecords':5,'nullCount':{'x':5}}");
        assertThat(all.bounds(true)).containsEntry(3, new Bounds(null, null, 5L, null));
    }
}
