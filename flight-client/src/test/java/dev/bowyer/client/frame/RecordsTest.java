package dev.bowyer.client.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.SampleTypes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.extension.UuidType;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecordsTest {
    private static final Field ID = SampleTypes.of("id", new ArrowType.Int(64, true));
    private static final Field ZONE = SampleTypes.of("zone", ArrowType.Utf8.INSTANCE);
    private static final Field FARE =
            SampleTypes.of("fare", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE));

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void everythingIsReleased() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    private SampleFrames frames() {
        return new SampleFrames(allocator);
    }

    private static void assertMismatch(Runnable use, String... parts) {
        assertThatThrownBy(use::run)
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.TYPE_MISMATCH))
                .asString()
                .contains(parts);
    }

    private record Trip(
            long id, @Nullable String zone, @Nullable Double fare) {}

    @Test
    void rowsOfSeveralChunksBecomeRecordsInOrder() {
        try (ArrowFrame frame = frames().add(ID, List.of(1L, 2L, 3L))
                .add(ZONE, Arrays.asList("a", null, "c"))
                .add(FARE, Arrays.asList(1.5, 2.5, null))
                .frame(2)) {
            List<Trip> expected = List.of(new Trip(1, "a", 1.5), new Trip(2, null, 2.5), new Trip(3, "c", null));
            assertThat(frame.as(Trip.class).toList()).isEqualTo(expected);
            try (Stream<Trip> trips = frame.as(Trip.class).stream()) {
                assertThat(trips.filter(trip -> trip.id() > 1)).isEqualTo(expected.subList(1, 3));
            }
            try (Stream<Trip> trips = frame.as(Trip.class).stream()) {
                assertThat(trips.findFirst()).contains(expected.get(0));
            }
        }
    }

    private enum Colour {
        RED,
        GREEN
    }

    private record Point(int x, Optional<Integer> y) {}

    @SuppressWarnings("ArrayRecordComponent") // bytes are what Arrow has
    private record Everything(
            byte small,
            BigInteger big,
            BigDecimal money,
            double exact,
            LocalDate day,
            ZonedDateTime at,
            UUID key,
            Colour colour,
            List<Integer> numbers,
            Set<Colour> colours,
            Map<String, Point> points,
            Point point,
            byte[] content) {}

    @Test
    void componentsTakeWhatLosesNothing() {
        Field x = SampleTypes.of("x", new ArrowType.Int(64, false));
        Field y = SampleTypes.of("Y", new ArrowType.Int(16, true));
        Field point = SampleTypes.of("point", ArrowType.Struct.INSTANCE, x, y);
        Field key = new Field("key", FieldType.notNullable(ArrowType.Utf8.INSTANCE), List.of());
        Field mapped = SampleTypes.of("value", ArrowType.Struct.INSTANCE, x, y);
        Field entries = new Field("entries", FieldType.notNullable(ArrowType.Struct.INSTANCE), List.of(key, mapped));
        Field item = SampleTypes.of("item", new ArrowType.Int(64, true));
        Map<String, Object> struct = Map.of("x", BigInteger.TWO, "Y", (short) 3);
        Field text = SampleTypes.of("item", ArrowType.Utf8.INSTANCE);
        try (ArrowFrame frame = frames().add(SampleTypes.of("SMALL", new ArrowType.Int(32, true)), List.of(127))
                .add(SampleTypes.of("b_i_g", new ArrowType.Int(64, false)), List.of(BigInteger.ONE.shiftLeft(63)))
                .add(SampleTypes.of("money", new ArrowType.Decimal(9, 2, 128)), List.of(new BigDecimal("1.50")))
                .add(SampleTypes.of("exact", new ArrowType.Int(64, true)), List.of(1L << 53))
                .add(SampleTypes.of("day", new ArrowType.Date(DateUnit.DAY)), List.of(LocalDate.EPOCH))
                .add(
                        SampleTypes.of("at", new ArrowType.Timestamp(TimeUnit.MICROSECOND, "Europe/Berlin")),
                        List.of(Instant.EPOCH))
                .add(SampleTypes.of("key", UuidType.INSTANCE), List.of(new UUID(1, 2)))
                .add(SampleTypes.encoded(SampleTypes.of("colour", ArrowType.Utf8View.INSTANCE), null), List.of("GREEN"))
                .add(SampleTypes.of("numbers", ArrowType.LargeList.INSTANCE, item), List.of(List.of(1L, 2L)))
                .add(SampleTypes.of("colours", ArrowType.List.INSTANCE, text), List.of(List.of("RED", "RED")))
                .add(SampleTypes.of("points", new ArrowType.Map(false), entries), List.of(Map.of("p", struct)))
                .add(point, List.of(struct))
                .add(SampleTypes.of("content", ArrowType.Binary.INSTANCE), List.of(new byte[] {7}))
                .frame()) {
            Everything row = frame.as(Everything.class).toList().get(0);
            assertThat(row.small()).isEqualTo((byte) 127);
            assertThat(row.big()).isEqualTo(BigInteger.ONE.shiftLeft(63));
            assertThat(row.money()).isEqualTo(new BigDecimal("1.50"));
            assertThat(row.exact()).isEqualTo(0x1p53);
            assertThat(row.day()).isEqualTo(LocalDate.EPOCH);
            assertThat(row.at()).isEqualTo(Instant.EPOCH.atZone(ZoneId.of("Europe/Berlin")));
            assertThat(row.key()).isEqualTo(new UUID(1, 2));
            assertThat(row.colour()).isEqualTo(Colour.GREEN);
            assertThat(row.numbers()).containsExactly(1, 2);
            assertThat(row.colours()).containsExactly(Colour.RED);
            assertThat(row.points()).isEqualTo(Map.of("p", new Point(2, Optional.of(3))));
            assertThat(row.point()).isEqualTo(new Point(2, Optional.of(3)));
            assertThat(row.content()).containsExactly(7);
        }
    }

    @Test
    void aValueThatDoesNotFitIsNamedWithItsRow() {
        record Small(int id) {}
        record Exact(double id) {}
        record Coloured(Colour zone) {}
        record Optional2(Optional<Short> id) {}
        try (ArrowFrame frame =
                frames().add(ID, Arrays.asList(1L, 2L, (1L << 53) + 1, null)).frame(2)) {
            assertMismatch(frame.as(Small.class)::toList, "row 2", "'id'", "9007199254740993", "int");
            assertMismatch(frame.as(Exact.class)::toList, "row 2", "9007199254740993");
            assertMismatch(frame.as(Optional2.class)::toList, "row 2", "Short");
            try (ArrowFrame tail = frame.slice(3, 1)) {
                assertMismatch(tail.as(Small.class)::toList, "row 0", "null", "Integer");
                assertThat(tail.as(Optional2.class).toList()).containsExactly(new Optional2(Optional.empty()));
            }
        }
        try (ArrowFrame frame = frames().add(ZONE, List.of("RED", "PINK")).frame()) {
            assertMismatch(frame.as(Coloured.class)::toList, "row 1", "PINK", "GREEN");
        }
    }

    @Test
    void aColumnThatDoesNotConvertIsNamedBeforeAnyRow() {
        record Text(long zone) {}
        record Truncated(long fare) {}
        record Narrow(float fare) {}
        record Elements(List<Long> zones) {}
        record Raw<T>(T zone) {}
        try (ArrowFrame frame = frames().add(ZONE, List.of()).frame()) {
            assertMismatch(frame.as(Text.class)::toList, "'zone'", "utf8", "String");
            assertThatThrownBy(frame.as(Raw.class)::toList)
                    .isInstanceOf(BowyerException.class)
                    .hasMessageContaining("generic");
        }
        try (ArrowFrame frame = frames().add(FARE, List.of(0.5, 0.1)).frame()) {
            assertMismatch(frame.as(Truncated.class)::toList, "'fare'", "float64");
            assertMismatch(frame.as(Narrow.class)::toList, "row 1", "0.1", "Float");
        }
        Field zones = SampleTypes.of("zones", ArrowType.List.INSTANCE, ZONE);
        try (ArrowFrame frame = frames().add(zones, List.of()).frame()) {
            assertMismatch(frame.as(Elements.class)::toList, "zones[]", "utf8", "Long");
        }
    }

    @Test
    void componentsAreTheColumns() {
        record Few(long id) {}
        record Many(long id, String zone, double fare) {}
        record Other(long id, String zones) {}
        record Either(long tripid) {}
        try (ArrowFrame frame =
                frames().add(ID, List.of(1L)).add(ZONE, List.of("a")).frame()) {
            assertMismatch(frame.as(Few.class)::toList, "components: id", "columns: id, zone");
            assertMismatch(frame.as(Many.class)::toList, "components: id, zone, fare", "columns: id, zone");
            assertMismatch(frame.as(Other.class)::toList, "components: id, zones", "columns: id, zone");
        }
        Field first = SampleTypes.of("trip_id", ID.getType());
        Field second = SampleTypes.of("TripId", ID.getType());
        try (ArrowFrame frame =
                frames().add(first, List.of(1L)).add(second, List.of(2L)).frame()) {
            assertMismatch(frame.as(Either.class)::toList, "'tripid'", "2 columns", "trip_id, TripId");
        }
    }

    @Test
    void whatAConstructorRefusesIsItsCause() {
        @SuppressWarnings("UnusedMethod") // called by its method handle
        record Positive(long id) {
            Positive {
                if (id <= 0) {
                    throw new IllegalArgumentException("not positive");
                }
            }
        }
        try (ArrowFrame frame = frames().add(ID, List.of(1L, -1L)).frame()) {
            assertThatThrownBy(frame.as(Positive.class)::toList)
                    .isInstanceOf(BowyerException.class)
                    .hasMessageContaining("row 1")
                    .hasMessageContaining("not positive")
                    .hasCauseInstanceOf(IllegalArgumentException.class);
        }
    }
}
