package dev.bowyer.client.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.SampleTypes;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TextTableTest {
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

    @Test
    void timesThatJavaDoesNotHaveAreShownAsNumbers() {
        Field time = SampleTypes.of("at", new ArrowType.Time(TimeUnit.SECOND, 32));
        try (ArrowFrame frame =
                frames().add(time, List.of(LocalTime.NOON, LocalTime.MIN)).frame()) {
            try (BatchStream stream = frame.stream();
                    Batch batch = Objects.requireNonNull(stream.next())) {
                ((TimeSecVector) batch.vector(0)).set(1, 86_400);
            }
            assertThat(frame.toText(2)).contains("12:00", "86400");
            assertThatThrownBy(() -> frame.column("at").get(1))
                    .isInstanceOfSatisfying(
                            BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.TYPE_MISMATCH))
                    .hasMessageContaining("86400");
        }
    }

    @Test
    void showsShapeNamesTypesAndAlignedRows() {
        try (ArrowFrame frame = frames().add(ID, List.of(1L, 20L, 300L, 4000L, 5L))
                .add(ZONE, Arrays.asList("日本", null, "a\tb\n\u001b[31m", "x".repeat(40), ""))
                .add(FARE, Arrays.asList(1.5, -0.0, Double.NaN, null, 1e300))
                .frame(2)) {
            assertThat(frame.toText(4)).isEqualTo("""
                    5 rows x 3 columns
                       id  zone                                 fare
                    int64  utf8                              float64
                    ------------------------------------------------
                        1  日本                                  1.5
                       20  null                                 -0.0
                        …  …                                       …
                     4000  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…     null
                        5                                    1.0E300
                    """);
            assertThat(frame.toText(5)).contains("a\\tb\\n\\u001b[31m").doesNotContain("\u001b");
        }
    }

    @Test
    void leavesOutMiddleColumnsThatDoNotFit() {
        SampleFrames frames = frames();
        for (int i = 0; i < 30; i++) {
            frames.add(SampleTypes.of("column" + i, ID.getType()), List.of((long) i));
        }
        try (ArrowFrame frame = frames.frame()) {
            assertThat(frame.toText(1, 60)).isEqualTo("""
                    1 row x 30 columns
                    column0  column1  column2  …  column27  column28  column29
                      int64    int64    int64  …     int64     int64     int64
                    ----------------------------------------------------------
                          0        1        2  …        27        28        29
                    """);
            assertThat(frame.toText(1, 400).lines().skip(1).findFirst().orElseThrow())
                    .contains("column15")
                    .doesNotContain("…");
        }
    }

    @Test
    void showsNestedValuesAndEmptyFrames() {
        Field numbers = SampleTypes.of("numbers", ArrowType.List.INSTANCE, ID);
        Field bytes = SampleTypes.of("bytes", ArrowType.Binary.INSTANCE);
        List<Long> many = new ArrayList<>(Collections.nCopies(1_000_000, 7L));
        try (ArrowFrame frame = frames().add(numbers, List.of(Arrays.asList(1L, null), many))
                .add(bytes, List.of(new byte[] {1, -1}, new byte[100]))
                .frame()) {
            assertThat(frame.toText(2))
                    .contains("[1, null]  ", "list<int64>", "0x01ff\n", "[7, 7, 7, 7, 7, 7, 7, 7, 7, 7, …");
        }
        try (ArrowFrame empty = frames().add(ID, List.of()).frame()) {
            assertThat(empty.toText(10)).isEqualTo("""
                    0 rows x 1 column
                       id
                    int64
                    -----
                    """);
            assertThat(empty).hasToString("ArrowFrame[0 rows: id int64]");
        }
    }

    @Test
    void printsTwentyRows() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ArrowFrame frame = frames().add(ID, Collections.nCopies(100, 1L)).frame()) {
            frame.print(new PrintStream(out, true, StandardCharsets.UTF_8));
        }
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(4 + 20 + 1);
    }
}
