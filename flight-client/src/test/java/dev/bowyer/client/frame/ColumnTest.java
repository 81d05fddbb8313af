package dev.bowyer.client.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.FieldTypes;
import dev.bowyer.client.frame.value.SampleTypes;
import dev.bowyer.client.frame.value.SampleVectors;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ColumnTest {
    private static final Field ID = SampleTypes.of("id", new ArrowType.Int(32, true));
    private static final Field FARE =
            SampleTypes.of("fare", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE));
    private static final Field ZONE = SampleTypes.of("zone", ArrowType.Utf8.INSTANCE);

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void everythingIsReleased() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    private SampleFrames frames() {
        return new SampleFrames(allocator);
    }

    private static void assertCode(Runnable use, String code, String... parts) {
        assertThatThrownBy(use::run)
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo(code))
                .asString()
                .contains(parts);
    }

    @Test
    void typedViewsReadOverChunks() {
        List<@Nullable Integer> ids = Arrays.asList(1, null, Integer.MIN_VALUE, 4, Integer.MAX_VALUE);
        List<@Nullable Double> fares = Arrays.asList(-0.0, Double.NaN, null, Double.MIN_VALUE, Double.MAX_VALUE);
        List<@Nullable Boolean> flags = Arrays.asList(true, false, null, true, false);
        Field flag = SampleTypes.of("flag", ArrowType.Bool.INSTANCE);
        for (int rows = 1; rows <= 5; rows++) {
            try (ArrowFrame frame =
                    frames().add(ID, ids).add(FARE, fares).add(flag, flags).frame(rows)) {
                assertThat(frame.longs("id").toArray(-7))
                        .containsExactly(1, -7, Integer.MIN_VALUE, 4, Integer.MAX_VALUE);
                assertThat(frame.doubles("fare").toArray(9))
                        .containsExactly(-0.0, Double.NaN, 9, Double.MIN_VALUE, Double.MAX_VALUE);
                assertThat(frame.doubles("id").get(2)).isEqualTo(Integer.MIN_VALUE);
                assertThat(frame.booleans("flag").toArray(true)).containsExactly(true, false, true, true, false);
                assertThat(frame.longs("id").get(1, 5)).isEqualTo(5);
                assertThat(frame.values("id", BigDecimal.class).get(3)).isEqualTo(new BigDecimal(4));
                assertThat(frame.values("id", Integer.class).toList()).isEqualTo(ids);
                assertThat(frame.values("id", Integer.class).toArray()).isEqualTo(ids.toArray(new Integer[0]));
                assertCode(frame.longs("id")::toArray, ErrorCodes.TYPE_MISMATCH, "row 1", "'id'", "isNull");
                assertCode(() -> frame.longs("id").get(1), ErrorCodes.TYPE_MISMATCH, "row 1", "'id'");
                assertCode(() -> frame.longs("id").get(5), ErrorCodes.INVALID_ARGUMENT, "row 5 of 5");
                assertCode(() -> frame.longs("id").get(-1), ErrorCodes.INVALID_ARGUMENT, "row -1 of 5");
            }
        }
    }

    @Test
    void otherTypesAreRefusedWithWhatCanBeAsked() {
        Field big = SampleTypes.of("big", new ArrowType.Int(64, false));
        Field day = SampleTypes.of("day", new ArrowType.Date(DateUnit.DAY));
        Field at = SampleTypes.of("at", new ArrowType.Timestamp(TimeUnit.SECOND, null));
        try (ArrowFrame frame = frames().add(ID, List.of(1))
                .add(ZONE, List.of("a"))
                .add(FARE, List.of(1.5))
                .add(big, List.of(BigInteger.ONE.shiftLeft(63)))
                .add(day, List.of(LocalDate.EPOCH))
                .add(at, Collections.nCopies(1, null))
                .frame()) {
            assertCode(() -> frame.longs("zone"), ErrorCodes.TYPE_MISMATCH, "'zone'", "utf8", "strings()");
            assertCode(() -> frame.longs("fare"), ErrorCodes.TYPE_MISMATCH, "'fare'", "float64", "doubles()");
            assertCode(() -> frame.strings("id"), ErrorCodes.TYPE_MISMATCH, "'id'", "int32", "longs()");
            assertCode(() -> frame.booleans("day"), ErrorCodes.TYPE_MISMATCH, "date32", "values(LocalDate.class)");
            assertCode(() -> frame.values("day", Long.class), ErrorCodes.TYPE_MISMATCH, "'day'", "Long", "LocalDate");
            assertCode(() -> frame.values("id", int.class), ErrorCodes.INVALID_ARGUMENT, "int");
            assertCode(() -> frame.longs("big").get(0), ErrorCodes.TYPE_MISMATCH, "9223372036854775808", "BigInteger");
            assertCode(() -> frame.longs("bigg"), ErrorCodes.INVALID_ARGUMENT, "'bigg'", "nearest: 'big'");
            assertCode(() -> frame.column(6), ErrorCodes.INVALID_ARGUMENT, "column 6 of 6");
            assertCode(() -> frame.select("id", "Zones"), ErrorCodes.INVALID_ARGUMENT, "'Zones'", "nearest: 'zone'");
            assertCode(() -> frame.slice(0, 2), ErrorCodes.INVALID_ARGUMENT, "2 rows from row 0 of 1");
            assertCode(() -> frame.slice(2, 0), ErrorCodes.INVALID_ARGUMENT, "row 2 of 1");
            assertCode(() -> frame.row(1), ErrorCodes.INVALID_ARGUMENT, "row 1 of 1");
        }
    }

    @Test
    void doublesRefuseIntegersTheyCannotHold() {
        Field whole = SampleTypes.of("whole", new ArrowType.Int(64, true));
        try (ArrowFrame frame = frames().add(whole, List.of(1L << 60, (1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE))
                .frame()) {
            assertThat(frame.doubles("whole").get(0)).isEqualTo(0x1p60);
            assertThat(frame.doubles("whole").get(3)).isEqualTo(-0x1p63);
            assertCode(() -> frame.doubles("whole").get(1), ErrorCodes.TYPE_MISMATCH, "9007199254740993");
            assertCode(() -> frame.doubles("whole").get(2), ErrorCodes.TYPE_MISMATCH, "9223372036854775807");
        }
    }

    @Test
    void unsignedLongsBeyondTheSignBitAreDoublesWhereTheyAreExact() {
        Field big = SampleTypes.of("big", new ArrowType.Int(64, false));
        BigInteger bit = BigInteger.ONE.shiftLeft(63);
        try (ArrowFrame frame =
                frames().add(big, List.of(bit, bit.add(BigInteger.ONE))).frame()) {
            assertThat(frame.doubles("big").get(0)).isEqualTo(0x1p63);
            assertCode(() -> frame.doubles("big").get(1), ErrorCodes.TYPE_MISMATCH, "9223372036854775809", "'big'");
        }
    }

    @Test
    void decimalsAreTheNearestDoubles() {
        Field money = SampleTypes.of("money", new ArrowType.Decimal(12, 2, 128));
        Field huge = SampleTypes.of("huge", new ArrowType.Decimal(38, -1_500_000_000, 128));
        try (ArrowFrame frame = frames().add(
                        money, Arrays.asList(new BigDecimal("12.50"), null, new BigDecimal("-0.10")))
                .add(huge, Arrays.asList(new BigDecimal(BigInteger.ONE, -1_500_000_000), null, null))
                .frame()) {
            assertThat(frame.doubles("money").toArray(0)).containsExactly(12.5, 0, -0.1);
            assertThat(frame.values("money", Double.class).toList()).containsExactly(12.5, null, -0.1);
            assertCode(() -> frame.doubles("huge").get(0), ErrorCodes.TYPE_MISMATCH, "'huge'");
            assertCode(() -> frame.values("huge", Long.class).get(0), ErrorCodes.TYPE_MISMATCH, "'huge'");
            assertThat(frame.toText(3)).contains("1E+1500000000");
        }
    }

    @Test
    void columnsOfOneNameAreAllInARow() {
        try (ArrowFrame frame = frames().add(ID, List.of(1)).add(ID, List.of(2)).frame()) {
            assertThat(frame.row(0).get("id")).isEqualTo(1);
            assertThat(frame.row(0).toMap()).isEqualTo(Map.of("id", 1, "id#2", 2));
        }
    }

    @Test
    void rowsGoBeyondWhatAnArrayHolds() {
        int rows = 1 << 20;
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            ids.add(i);
        }
        Batch batch = frames().add(ID, ids).batch();
        List<Batch> chunks = new ArrayList<>(List.of(batch));
        for (int i = 1; i < 2100; i++) {
            chunks.add(batch.share());
        }
        try (ArrowFrame frame = ArrowFrame.of(batch.schema(), chunks)) {
            long all = 2100L * rows;
            assertThat(frame.rowCount()).isEqualTo(all).isGreaterThan(Integer.MAX_VALUE);
            LongColumn column = frame.longs("id");
            Random random = new Random(7);
            for (int i = 0; i < 1000; i++) {
                long row = random.nextLong(all);
                assertThat(column.get(row)).isEqualTo(row % rows);
            }
            assertThat(column.get(all - 1)).isEqualTo(rows - 1);
            assertCode(column::toArray, ErrorCodes.INVALID_ARGUMENT, "2202009600", "2147483639", "slice");
            try (ArrowFrame slice = frame.slice(all - rows - 3, rows);
                    ArrowFrame tail = frame.tail(1)) {
                assertThat(slice.longs("id").get(0)).isEqualTo(rows - 3);
                assertThat(slice.longs("id").toArray()[3]).isZero();
                assertThat(tail.row(0).getLong("id")).isEqualTo(rows - 1);
            }
        }
    }

    @Test
    void slicesSelectionsAndStreamsOutliveTheirFrame() {
        ArrowFrame frame = frames().add(ID, List.of(1, 2, 3))
                .add(ZONE, List.of("a", "b", "c"))
                .frame(2);
        ArrowFrame slice = frame.slice(1, 2);
        ArrowFrame selection = frame.select("zone", "id");
        BatchStream stream = slice.stream();
        frame.close();
        assertThat(selection.columnNames()).containsExactly("zone", "id");
        assertThat(selection.row(2).toMap()).hasToString("{zone=c, id=3}");
        assertThat(slice.strings("zone").toList()).containsExactly("b", "c");
        slice.close();
        try (stream) {
            List<Integer> rows = new ArrayList<>();
            stream.drain(batch -> rows.add(batch.rowCount()));
            assertThat(rows).containsExactly(1, 1);
            assertThat(stream.rowsRead()).isEqualTo(2);
            assertThat(stream.next()).isNull();
        }
        assertCode(stream::next, ErrorCodes.CLOSED, "stream()");
        try (selection;
                BatchStream cancelled = selection.stream()) {
            cancelled.cancel();
            assertCode(cancelled::next, ErrorCodes.CANCELLED, "cancelled");
        }
    }

    @Test
    void chunksOfOtherColumnsAreRefusedAndClosed() {
        Batch ids = frames().add(ID, List.of(1)).batch();
        Batch zones = frames().add(ZONE, List.of("a")).batch();
        assertCode(
                () -> ArrowFrame.of(ids.schema(), List.of(ids, zones)),
                ErrorCodes.SCHEMA_MISMATCH,
                "chunk 1",
                "zone utf8",
                "id int32");
    }

    @Test
    void threadsReadTheSameFrame() throws Exception {
        List<@Nullable Object> zones = SampleTypes.values(ZONE, 10_000, new Random(1));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (ArrowFrame frame = frames().add(ZONE, zones).frame(77)) {
            Callable<List<? extends @Nullable Object>> read =
                    () -> frame.strings("zone").toList();
            for (Future<List<? extends @Nullable Object>> each : threads.invokeAll(Collections.nCopies(8, read))) {
                assertThat((Object) each.get()).isEqualTo(zones);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aStreamIsForOneThreadAtATime() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (ArrowFrame frame = frames().add(ID, Collections.nCopies(5000, 1)).frame(1);
                BatchStream stream = frame.stream()) {
            Callable<Integer> read = () -> {
                int rows = 0;
                while (true) {
                    try (Batch batch = stream.next()) {
                        if (batch == null) {
                            return rows;
                        }
                        rows += batch.rowCount();
                    } catch (BowyerException e) {
                        assertThat(e.code()).isEqualTo(ErrorCodes.CONCURRENT_USE);
                    }
                }
            };
            int rows = 0;
            for (Future<Integer> each : threads.invokeAll(List.of(read, read))) {
                rows += each.get();
            }
            assertThat(rows).isEqualTo(5000);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aStreamThatFailsLeavesNoFrame() {
        try (ArrowFrame frame = frames().add(ID, List.of(1, 2, 3)).frame(1)) {
            BatchStream stream = frame.stream();
            BatchStream failing = new BatchStream() {
                @Override
                public Schema schema() {
                    return stream.schema();
                }

                @Override
                public @Nullable Batch next() {
                    Batch batch = stream.next();
                    if (stream.rowsRead() == 2) {
                        stream.cancel();
                    }
                    return batch;
                }

                @Override
                public long rowsRead() {
                    return stream.rowsRead();
                }

                @Override
                public void cancel() {
                    stream.cancel();
                }

                @Override
                public void close() {
                    stream.close();
                }
            };
            assertCode(() -> ArrowFrame.readAll(failing), ErrorCodes.CANCELLED, "cancelled");
        }
    }

    @Test
    void aDictionaryThatNoRowNeedsMayBeMissing() {
        Field zone = SampleTypes.encoded(ZONE, null);
        Schema schema = new Schema(List.of(zone));
        Field indices = FieldTypes.vectorField(zone);
        FieldVector none = new SampleVectors(allocator).write(indexColumn(indices), Arrays.asList(null, null));
        try (ArrowFrame frame = ArrowFrame.of(schema, List.of(Batch.of(schema, List.of(none), 2, Map.of(), 0)))) {
            assertThat(frame.strings("zone").toList()).containsExactly(null, null);
        }
        FieldVector some = new SampleVectors(allocator).write(indexColumn(indices), Arrays.asList(null, 0));
        try (ArrowFrame frame = ArrowFrame.of(schema, List.of(Batch.of(schema, List.of(some), 2, Map.of(), 0)))) {
            assertCode(() -> frame.strings("zone"), ErrorCodes.BAD_ANSWER, "'zone'", "did not come");
        }
    }

    private static Field indexColumn(Field field) {
        return SampleTypes.of(field.getName(), field.getType());
    }

    @Test
    void aSliceWithoutMemoryForItsOffsetsLeavesNothing() {
        Field list = SampleTypes.of("lists", ArrowType.List.INSTANCE, ZONE);
        List<List<String>> values = new ArrayList<>(Collections.nCopies(1000, List.of("a", "b")));
        try (Batch batch =
                frames().add(ID, Collections.nCopies(1000, 1)).add(list, values).batch()) {
            long before = allocator.getAllocatedMemory();
            allocator.setLimit(before + 6000);
            assertCode(() -> batch.slice(1, 999), ErrorCodes.MEMORY_BUDGET, "'lists'");
            assertThat(allocator.getAllocatedMemory()).isEqualTo(before);
            assertCode(() -> batch.slice(1, 1000), ErrorCodes.INVALID_ARGUMENT, "rows 1 to 1001 of 1000");
        }
    }

    @Test
    void slicesCountTheirShareOfTheBytes() {
        try (ArrowFrame frame = frames().add(ID, Collections.nCopies(1000, 1)).frame();
                ArrowFrame half = frame.slice(0, 500)) {
            assertThat(frame.byteCount()).isBetween(4000L, allocator.getAllocatedMemory());
            assertThat(half.byteCount()).isEqualTo(frame.byteCount() / 2);
        }
    }
}
