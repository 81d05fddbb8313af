package dev.bowyer.dataset.iceberg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.dataset.iceberg.PartitionTransform.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.iceberg.expressions.BoundPredicate;
import org.apache.iceberg.expressions.UnboundPredicate;
import org.apache.iceberg.transforms.Transform;
import org.apache.iceberg.transforms.Transforms;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.SerializableFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Against the transforms of iceberg-core: what they put into a partition lies within the partition's bounds.
final class PartitionBoundsTest {
    private static final int VALUES = 2000;
    private static final long SEED = 42;

    static Stream<Arguments> transforms() {
        Function<Random, Object> micros = random -> random.nextLong(-5_000_000_000_000_000L, 5_000_000_000_000_000L);
        Function<Random, Object> days = random -> random.nextInt(-40_000, 40_000);
        return Stream.of(
                Arguments.of(Types.TimestampType.withZone(), "year", micros),
                Arguments.of(Types.TimestampType.withoutZone(), "month", micros),
                Arguments.of(Types.TimestampType.withZone(), "day", micros),
                Arguments.of(Types.TimestampType.withZone(), "hour", micros),
                Arguments.of(Types.TimestampNanoType.withZone(), "hour", (Function<Random, Object>) Random::nextLong),
                Arguments.of(Types.TimestampNanoType.withZone(), "year", (Function<Random, Object>) Random::nextLong),
                Arguments.of(Types.DateType.get(), "year", days),
                Arguments.of(Types.DateType.get(), "month", days),
                Arguments.of(Types.DateType.get(), "day", days),
                Arguments.of(Types.IntegerType.get(), "truncate[10]", (Function<Random, Object>) Random::nextInt),
                Arguments.of(Types.LongType.get(), "truncate[7]", (Function<Random, Object>) Random::nextLong),
                Arguments.of(Types.DecimalType.of(9, 2), "truncate[50]", (Function<Random, Object>)
                        random -> new BigDecimal(BigInteger.valueOf(random.nextInt(-999_999_999, 999_999_999)), 2)),
                Arguments.of(
                        Types.StringType.get(), "truncate[2]", (Function<Random, Object>) PartitionBoundsTest::text));
    }

    private static String text(Random random) {
        int[] letters = {'a', 'z', 0x7f, 0x7ff, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            text.appendCodePoint(letters[random.nextInt(letters.length)]);
        }
        return text.toString();
    }

    @ParameterizedTest
    @MethodSource("transforms")
    @SuppressWarnings({"unchecked", "rawtypes"})
    void valuesOfAPartitionLieWithinItsBounds(Type type, String text, Function<Random, Object> values) {
        Transform transform = Transforms.fromString(text);
        Function<Object, Object> bound = transform.bind(type);
        Random random = new Random(SEED);
        int bounded = 0;
        for (int i = 0; i < VALUES; i++) {
            Object value = values.apply(random);
            Object partition = LakeValues.of(bound.apply(value));
            PartitionBounds bounds = PartitionBounds.of(PartitionTransform.of(transform), type, partition);
            if (bounds.min() != null) {
                bounded++;
                assertThat(compare(bounds.min(), value))
                        .as(value + " in " + bounds)
                        .isNotPositive();
            }
            if (bounds.max() != null) {
                assertThat(compare(bounds.max(), value))
                        .as(value + " in " + bounds)
                        .isNotNegative();
            }
        }
        assertThat(bounded).isGreaterThan(VALUES / 2);
    }

    /// As the engine compares: texts by their bytes.
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static int compare(Object one, Object other) {
        return one instanceof String text
                ? Arrays.compareUnsigned(
                        text.getBytes(StandardCharsets.UTF_8), other.toString().getBytes(StandardCharsets.UTF_8))
                : ((Comparable) one).compareTo(other);
    }

    @Test
    void theEdgesOfIntegersHaveNoBounds() {
        PartitionTransform ten = PartitionTransform.of(Transforms.fromString("truncate[10]"));
        Object wrapped =
                Transforms.<Integer>truncate(10).bind(Types.IntegerType.get()).apply(Integer.MIN_VALUE);
        assertThat(PartitionBounds.of(ten, Types.IntegerType.get(), wrapped)).isEqualTo(PartitionBounds.UNKNOWN);
        Object promoted = ((Integer) wrapped).longValue();
        assertThat(PartitionBounds.of(ten, Types.LongType.get(), promoted)).isEqualTo(PartitionBounds.UNKNOWN);
    }

    @Test
    void transformsThatTellNothingAreOthers() {
        for (String text : List.of("void", "zorder[3]", "bucket[0]", "truncate[x]", "days")) {
            Transform<?, ?> transform = text.equals("void") ? Transforms.alwaysNull() : new Foreign(text);
            assertThat(PartitionTransform.of(transform).kind()).as(text).isEqualTo(Kind.OTHER);
        }
        assertThat(PartitionTransform.of(Transforms.bucket(16))).isEqualTo(new PartitionTransform(Kind.BUCKET, 16));
    }

    /// A transform that this version of Iceberg does not have.
    private record Foreign(String text) implements Transform<Object, Object> {
        @Override
        public SerializableFunction<Object, Object> bind(Type type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean canTransform(Type type) {
            return false;
        }

        @Override
        public Type getResultType(Type source) {
            return source;
        }

        @Override
        public UnboundPredicate<Object> project(String name, BoundPredicate<Object> predicate) {
            throw new UnsupportedOperationException();
        }

        @Override
        public UnboundPredicate<Object> projectStrict(String name, BoundPredicate<Object> predicate) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
