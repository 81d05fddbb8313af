package dev.bowyer.client.frame.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.util.Float16;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.IntervalDayVector;
import org.apache.arrow.vector.IntervalMonthDayNanoVector;
import org.apache.arrow.vector.IntervalYearVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.PeriodDuration;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.TimeStampNanoVector;
import org.apache.arrow.vector.TimeStampSecVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.UuidVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.ViewVarBinaryVector;
import org.apache.arrow.vector.ViewVarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.complex.impl.UnionWriter;
import org.apache.arrow.vector.extension.UuidType;
import org.apache.arrow.vector.holders.NullableIntHolder;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What arrow-java's own setters write, at the ends of the ranges. */
class ValueReaderTest {
    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void everythingIsReleased() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    /** Two values and a NULL between them. */
    private <V extends FieldVector> List<@Nullable Object> read(
            ArrowType type, Class<V> vectorClass, Consumer<V> first, Consumer<V> third) {
        Field field = SampleTypes.of("column", type);
        try (FieldVector vector = field.createVector(allocator)) {
            vector.allocateNew();
            first.accept(vectorClass.cast(vector));
            third.accept(vectorClass.cast(vector));
            vector.setValueCount(3);
            ValueReader reader = ValueReader.of(field, vector, id -> null);
            List<@Nullable Object> values = new ArrayList<>();
            for (int row = 0; row < 3; row++) {
                values.add(reader.get(row));
                assertThat(reader.isNull(row)).isEqualTo(row == 1);
            }
            return values;
        }
    }

    private static ArrowType.Int integer(int bits, boolean signed) {
        return new ArrowType.Int(bits, signed);
    }

    private static ArrowType.FloatingPoint floating(FloatingPointPrecision precision) {
        return new ArrowType.FloatingPoint(precision);
    }

    @Test
    void numbers() {
        assertThat(read(ArrowType.Bool.INSTANCE, BitVector.class, v -> v.setSafe(0, 1), v -> v.setSafe(2, 0)))
                .containsExactly(true, null, false);
        assertThat(read(integer(8, true), TinyIntVector.class, v -> v.setSafe(0, -128), v -> v.setSafe(2, 127)))
                .containsExactly(Byte.MIN_VALUE, null, Byte.MAX_VALUE);
        assertThat(read(integer(16, true), SmallIntVector.class, v -> v.setSafe(0, -32768), v -> v.setSafe(2, 32767)))
                .containsExactly(Short.MIN_VALUE, null, Short.MAX_VALUE);
        assertThat(read(integer(32, true), IntVector.class, v -> v.setSafe(0, 1 << 31), v -> v.setSafe(2, -1)))
                .containsExactly(Integer.MIN_VALUE, null, -1);
        assertThat(read(integer(64, true), BigIntVector.class, v -> v.setSafe(0, 1L << 63), v -> v.setSafe(2, -1)))
                .containsExactly(Long.MIN_VALUE, null, -1L);
        assertThat(read(integer(8, false), UInt1Vector.class, v -> v.setSafe(0, 255), v -> v.setSafe(2, 0)))
                .containsExactly((short) 255, null, (short) 0);
        assertThat(read(integer(16, false), UInt2Vector.class, v -> v.setSafe(0, 65535), v -> v.setSafe(2, 0)))
                .containsExactly(65535, null, 0);
        assertThat(read(integer(32, false), UInt4Vector.class, v -> v.setSafe(0, -1), v -> v.setSafe(2, 0)))
                .containsExactly(4294967295L, null, 0L);
        assertThat(read(integer(64, false), UInt8Vector.class, v -> v.setSafe(0, -1L), v -> v.setSafe(2, 7L)))
                .containsExactly(new BigInteger("18446744073709551615"), null, BigInteger.valueOf(7));
        assertThat(read(
                        floating(FloatingPointPrecision.HALF),
                        Float2Vector.class,
                        v -> v.setSafe(0, Float16.toFloat16(1.5f)),
                        v -> v.setSafe(2, Float16.toFloat16(-0.0f))))
                .containsExactly(1.5f, null, -0.0f);
        assertThat(read(
                        floating(FloatingPointPrecision.SINGLE),
                        Float4Vector.class,
                        v -> v.setSafe(0, Float.NaN),
                        v -> v.setSafe(2, Float.MIN_VALUE)))
                .containsExactly(Float.NaN, null, Float.MIN_VALUE);
        assertThat(read(
                        floating(FloatingPointPrecision.DOUBLE),
                        Float8Vector.class,
                        v -> v.setSafe(0, -0.0),
                        v -> v.setSafe(2, Double.MAX_VALUE)))
                .containsExactly(-0.0, null, Double.MAX_VALUE);
    }

    @Test
    void decimals() {
        BigDecimal most = new BigDecimal(BigInteger.TEN.pow(38).subtract(BigInteger.ONE), 10);
        assertThat(read(
                        new ArrowType.Decimal(38, 10, 128),
                        DecimalVector.class,
                        v -> v.setSafe(0, most),
                        v -> v.setSafe(2, most.negate())))
                .containsExactly(most, null, most.negate());
        BigDecimal more = new BigDecimal(BigInteger.TEN.pow(76).subtract(BigInteger.ONE), 0);
        assertThat(read(
                        new ArrowType.Decimal(76, 0, 256),
                        Decimal256Vector.class,
                        v -> v.setSafe(0, more),
                        v -> v.setSafe(2, more.negate())))
                .containsExactly(more, null, more.negate());
    }

    @Test
    void textAndBytes() {
        byte[] text = "Zürich 🚕 and more than twelve".getBytes(StandardCharsets.UTF_8);
        String read = new String(text, StandardCharsets.UTF_8);
        assertThat(read(
                        ArrowType.Utf8.INSTANCE,
                        VarCharVector.class,
                        v -> v.setSafe(0, text),
                        v -> v.setSafe(2, new byte[0])))
                .containsExactly(read, null, "");
        assertThat(read(
                        ArrowType.LargeUtf8.INSTANCE,
                        LargeVarCharVector.class,
                        v -> v.setSafe(0, text),
                        v -> v.setSafe(2, new byte[0])))
                .containsExactly(read, null, "");
        assertThat(read(
                        ArrowType.Utf8View.INSTANCE,
                        ViewVarCharVector.class,
                        v -> v.setSafe(0, text),
                        v -> v.setSafe(2, new byte[] {'a'})))
                .containsExactly(read, null, "a");
        assertThat(read(
                        ArrowType.Binary.INSTANCE,
                        VarBinaryVector.class,
                        v -> v.setSafe(0, text),
                        v -> v.setSafe(2, text)))
                .containsExactly(text, null, text);
        assertThat(read(
                        ArrowType.BinaryView.INSTANCE,
                        ViewVarBinaryVector.class,
                        v -> v.setSafe(0, text),
                        v -> v.setSafe(2, new byte[] {1})))
                .containsExactly(text, null, new byte[] {1});
        assertThat(read(
                        new ArrowType.FixedSizeBinary(2),
                        FixedSizeBinaryVector.class,
                        v -> v.setSafe(0, new byte[] {1, 2}),
                        v -> v.setSafe(2, new byte[] {3, 4})))
                .containsExactly(new byte[] {1, 2}, null, new byte[] {3, 4});
        UUID uuid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
        assertThat(read(UuidType.INSTANCE, UuidVector.class, v -> v.setSafe(0, uuid), v -> v.setSafe(2, uuid)))
                .containsExactly(uuid, null, uuid);
    }

    @Test
    void datesAndTimes() {
        assertThat(read(
                        new ArrowType.Date(DateUnit.DAY),
                        DateDayVector.class,
                        v -> v.setSafe(0, -1),
                        v -> v.setSafe(2, 1 << 31)))
                .containsExactly(LocalDate.of(1969, 12, 31), null, LocalDate.ofEpochDay(Integer.MIN_VALUE));
        assertThat(read(
                        new ArrowType.Date(DateUnit.MILLISECOND),
                        DateMilliVector.class,
                        v -> v.setSafe(0, -1),
                        v -> v.setSafe(2, 86_400_000)))
                .containsExactly(LocalDate.of(1969, 12, 31), null, LocalDate.of(1970, 1, 2));
        assertThat(read(
                        new ArrowType.Time(TimeUnit.SECOND, 32),
                        TimeSecVector.class,
                        v -> v.setSafe(0, 1),
                        v -> v.setSafe(2, 86_399)))
                .containsExactly(LocalTime.of(0, 0, 1), null, LocalTime.of(23, 59, 59));
        assertThat(read(
                        new ArrowType.Time(TimeUnit.MILLISECOND, 32),
                        TimeMilliVector.class,
                        v -> v.setSafe(0, 1),
                        v -> v.setSafe(2, 0)))
                .containsExactly(LocalTime.of(0, 0, 0, 1_000_000), null, LocalTime.MIDNIGHT);
        assertThat(read(
                        new ArrowType.Time(TimeUnit.MICROSECOND, 64),
                        TimeMicroVector.class,
                        v -> v.setSafe(0, 1),
                        v -> v.setSafe(2, 0)))
                .containsExactly(LocalTime.of(0, 0, 0, 1_000), null, LocalTime.MIDNIGHT);
        assertThat(read(
                        new ArrowType.Time(TimeUnit.NANOSECOND, 64),
                        TimeNanoVector.class,
                        v -> v.setSafe(0, 86_399_999_999_999L),
                        v -> v.setSafe(2, 0)))
                .containsExactly(LocalTime.MAX, null, LocalTime.MIDNIGHT);
        assertThat(read(
                        new ArrowType.Timestamp(TimeUnit.NANOSECOND, null),
                        TimeStampNanoVector.class,
                        v -> v.setSafe(0, -1),
                        v -> v.setSafe(2, Long.MAX_VALUE)))
                .containsExactly(
                        LocalDateTime.parse("1969-12-31T23:59:59.999999999"),
                        null,
                        LocalDateTime.parse("2262-04-11T23:47:16.854775807"));
        assertThat(read(
                        new ArrowType.Timestamp(TimeUnit.MILLISECOND, "Asia/Tokyo"),
                        TimeStampMilliTZVector.class,
                        v -> v.setSafe(0, -1),
                        v -> v.setSafe(2, 0)))
                .containsExactly(Instant.ofEpochMilli(-1), null, Instant.EPOCH);
    }

    @Test
    void durationsAndIntervals() {
        assertThat(read(
                        new ArrowType.Duration(TimeUnit.MICROSECOND),
                        DurationVector.class,
                        v -> v.setSafe(0, Long.MAX_VALUE),
                        v -> v.setSafe(2, -1)))
                .containsExactly(Duration.ofSeconds(9_223_372_036_854L, 775_807_000), null, Duration.ofNanos(-1_000));
        assertThat(read(
                        new ArrowType.Interval(IntervalUnit.YEAR_MONTH),
                        IntervalYearVector.class,
                        v -> v.setSafe(0, 14),
                        v -> v.setSafe(2, -1)))
                .containsExactly(Period.ofMonths(14), null, Period.ofMonths(-1));
        assertThat(read(
                        new ArrowType.Interval(IntervalUnit.DAY_TIME),
                        IntervalDayVector.class,
                        v -> v.setSafe(0, 1, -5),
                        v -> v.setSafe(2, -1, 5)))
                .containsExactly(
                        new PeriodDuration(Period.ofDays(1), Duration.ofMillis(-5)),
                        null,
                        new PeriodDuration(Period.ofDays(-1), Duration.ofMillis(5)));
        assertThat(read(
                        new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO),
                        IntervalMonthDayNanoVector.class,
                        v -> v.setSafe(0, 13, 40, 1),
                        v -> v.setSafe(2, 0, 0, Long.MIN_VALUE)))
                .containsExactly(
                        new PeriodDuration(Period.of(0, 13, 40), Duration.ofNanos(1)),
                        null,
                        new PeriodDuration(Period.ZERO, Duration.ofNanos(Long.MIN_VALUE)));
    }

    @Test
    void momentsBeyondJavaAreNamed() {
        assertOutside(new ArrowType.Time(TimeUnit.SECOND, 32), TimeSecVector.class, v -> v.setSafe(0, 86_400), "86400");
        assertOutside(
                new ArrowType.Timestamp(TimeUnit.SECOND, null),
                TimeStampSecVector.class,
                v -> v.setSafe(0, Long.MAX_VALUE),
                "9223372036854775807");
    }

    private <V extends FieldVector> void assertOutside(
            ArrowType type, Class<V> vectorClass, Consumer<V> first, String value) {
        assertThatThrownBy(() -> read(type, vectorClass, first, v -> {}))
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.TYPE_MISMATCH))
                .hasMessageContaining(value)
                .hasMessageContaining("'column'");
    }

    @Test
    void whatWritersOfArrowJavaWrite() {
        try (ListVector lists = ListVector.empty("lists", allocator);
                UnionVector union = UnionVector.empty("union", allocator)) {
            UnionListWriter writer = lists.getWriter();
            writer.setPosition(0);
            writer.startList();
            writer.integer().writeInt(1);
            writer.integer().writeNull();
            writer.endList();
            writer.setPosition(2);
            writer.startList();
            writer.endList();
            lists.setValueCount(3);
            ValueReader reader = ValueReader.of(lists.getField(), lists, id -> null);
            assertThat(Arrays.asList(reader.get(0), reader.get(1), reader.get(2)))
                    .containsExactly(Arrays.asList(1, null), null, List.of());

            union.allocateNew();
            UnionWriter values = new UnionWriter(union);
            values.setPosition(0);
            values.writeInt(7);
            values.setPosition(1);
            values.writeFloat8(1.5);
            NullableIntHolder none = new NullableIntHolder();
            union.setType(2, org.apache.arrow.vector.types.Types.MinorType.INT);
            union.setSafe(2, none);
            union.setValueCount(3);
            ValueReader unions = ValueReader.of(union.getField(), union, id -> null);
            assertThat(Arrays.asList(unions.get(0), unions.get(1), unions.get(2)))
                    .containsExactly(7, 1.5, null);
            assertThat(unions.isNull(2)).isTrue();
        }
    }
}
