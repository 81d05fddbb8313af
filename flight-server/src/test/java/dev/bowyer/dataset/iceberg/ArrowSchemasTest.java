package dev.bowyer.dataset.iceberg;

import static dev.bowyer.dataset.iceberg.IcebergFixture.fails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.dataset.lake.LakeSchemas;
import dev.bowyer.error.ErrorCode;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.mapping.NameMappingParser;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ArrowSchemasTest {
    static Stream<Arguments> types() {
        return Stream.of(
                Arguments.of(Types.BooleanType.get(), "Bool"),
                Arguments.of(Types.IntegerType.get(), "Int(32, true)"),
                Arguments.of(Types.LongType.get(), "Int(64, true)"),
                Arguments.of(Types.FloatType.get(), "FloatingPoint(SINGLE)"),
                Arguments.of(Types.DoubleType.get(), "FloatingPoint(DOUBLE)"),
                Arguments.of(Types.DateType.get(), "Date(DAY)"),
                Arguments.of(Types.TimeType.get(), "Time(MICROSECOND, 64)"),
                Arguments.of(Types.TimestampType.withZone(), "Timestamp(MICROSECOND, UTC)"),
                Arguments.of(Types.TimestampType.withoutZone(), "Timestamp(MICROSECOND, null)"),
                Arguments.of(Types.TimestampNanoType.withZone(), "Timestamp(NANOSECOND, UTC)"),
                Arguments.of(Types.TimestampNanoType.withoutZone(), "Timestamp(NANOSECOND, null)"),
                Arguments.of(Types.StringType.get(), "Utf8"),
                Arguments.of(Types.UUIDType.get(), "FixedSizeBinary(16)"),
                Arguments.of(Types.FixedType.ofLength(5), "FixedSizeBinary(5)"),
                Arguments.of(Types.BinaryType.get(), "Binary"),
                Arguments.of(Types.DecimalType.of(38, 9), "Decimal(38, 9, 128)"),
                Arguments.of(Types.UnknownType.get(), "Null"));
    }

    @ParameterizedTest
    @MethodSource("types")
    void eachTypeHasOneInArrow(Type type, String arrow) {
        Field field = ArrowSchemas.of(List.of(NestedField.optional(7, "Größe. x", type)), null)
                .getFields()
                .getFirst();
        assertThat(field.getType()).hasToString(arrow);
        assertThat(field.getName()).isEqualTo("Größe. x");
        assertThat(field.isNullable()).isTrue();
        assertThat(field.getMetadata()).hasSize(1).containsEntry(LakeSchemas.FIELD_ID, "7");
    }

    @Test
    void nestedFieldsHaveTheirIds() {
        Schema schema = ArrowSchemas.of(
                List.of(
                        NestedField.required(
                                1, "m", Types.MapType.ofOptional(2, 3, Types.StringType.get(), Types.LongType.get())),
                        NestedField.optional(
                                4,
                                "l",
                                Types.ListType.ofRequired(
                                        5, Types.StructType.of(NestedField.required(6, "x", Types.LongType.get()))))),
                null);
        Field entries = schema.getFields().getFirst().getChildren().getFirst();
        assertThat(schema.getFields().getFirst().isNullable()).isFalse();
        assertThat(entries.isNullable()).isFalse();
        assertThat(entries.getChildren()).extracting(ArrowSchemasTest::id).containsExactly("2", "3");
        assertThat(entries.getChildren()).extracting(Field::isNullable).containsExactly(false, true);
        Field element = schema.getFields().get(1).getChildren().getFirst();
        assertThat(id(element)).isEqualTo("5");
        assertThat(element.isNullable()).isFalse();
        assertThat(id(element.getChildren().getFirst())).isEqualTo("6");
    }

    private static String id(Field field) {
        return String.valueOf(field.getMetadata().get(LakeSchemas.FIELD_ID));
    }

    static Stream<Arguments> defaults() {
        return Stream.of(
                Arguments.of(Types.BooleanType.get(), Literal.of(true), "true"),
                Arguments.of(Types.IntegerType.get(), Literal.of(-7), "-7"),
                Arguments.of(Types.DoubleType.get(), Literal.of(1.5), "1.5"),
                Arguments.of(Types.DateType.get(), Literal.of("1969-12-31"), "1969-12-31"),
                Arguments.of(Types.TimeType.get(), Literal.of("12:30:00"), "12:30:00"),
                Arguments.of(
                        Types.TimestampType.withoutZone(),
                        Literal.of("1969-12-31T23:59:59.999999"),
                        "1969-12-31T23:59:59.999999"),
                Arguments.of(
                        Types.TimestampType.withZone(),
                        Literal.of("2024-05-01T10:00:00+00:00"),
                        "2024-05-01T10:00:00Z"),
                Arguments.of(Types.StringType.get(), Literal.of("a b"), "a b"),
                Arguments.of(Types.DecimalType.of(9, 2), Literal.of(new BigDecimal("1.50")), "1.50"),
                Arguments.of(
                        Types.UUIDType.get(),
                        Literal.of("00112233-4455-6677-8899-aabbccddeeff"),
                        "00112233445566778899aabbccddeeff"));
    }

    @ParameterizedTest
    @MethodSource("defaults")
    void initialDefaultsAreTexts(Type type, Literal<?> literal, String text) {
        NestedField field = NestedField.optional("x")
                .withId(1)
                .ofType(type)
                .withInitialDefault(literal.to(type))
                .build();
        assertThat(ArrowSchemas.of(List.of(field), null).getFields().getFirst().getMetadata())
                .containsEntry(LakeSchemas.DEFAULT, text);
    }

    @Test
    void aNameMappingGivesEveryFieldItsNames() {
        Schema schema = ArrowSchemas.of(
                List.of(
                        NestedField.optional(1, "id", Types.LongType.get()),
                        NestedField.optional(2, "other", Types.LongType.get())),
                NameMappingParser.fromJson("[{\"field-id\":1,\"names\":[\"id\",\"ID \\\"x\\\"\"]}]"));
        assertThat(schema.getFields().get(0).getMetadata())
                .containsEntry(LakeSchemas.NAMES, "[\"ID \\\"x\\\"\",\"id\"]");
        assertThat(schema.getFields().get(1).getMetadata()).containsEntry(LakeSchemas.NAMES, "[]");
    }

    @Test
    void typesThatAreNotReadAreRefusedWithTheirColumn() {
        for (Type type : List.of(Types.VariantType.get(), Types.GeometryType.crs84(), Types.GeographyType.crs84())) {
            NestedField nested = NestedField.optional(2, "y", type);
            List<NestedField> columns = List.of(NestedField.optional(1, "x", Types.StructType.of(nested)));
            assertThat(fails(ErrorCode.UNSUPPORTED, () -> ArrowSchemas.of(columns, null)))
                    .hasMessageContaining("\"x.y\"");
        }
    }

    @Test
    void deepAndHugeSchemasAreRefused() {
        Type type = Types.LongType.get();
        for (int i = 0; i < ArrowSchemas.MAX_DEPTH; i++) {
            type = Types.ListType.ofOptional(i + 2, type);
        }
        List<NestedField> deep = List.of(NestedField.optional(1, "x", type));
        fails(ErrorCode.LIMIT_REACHED, () -> ArrowSchemas.of(deep, null));
        List<NestedField> many = Stream.iterate(1, i -> i + 1)
                .limit(ArrowSchemas.MAX_FIELDS + 1L)
                .map(i -> NestedField.optional(i, "c" + i, Types.LongType.get()))
                .toList();
        fails(ErrorCode.LIMIT_REACHED, () -> ArrowSchemas.of(many, null));
    }
}
