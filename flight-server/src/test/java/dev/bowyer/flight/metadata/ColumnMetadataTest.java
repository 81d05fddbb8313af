package dev.bowyer.flight.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.flight.wire.SchemaBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ColumnMetadataTest {
    private static final DatasetName NAME = DatasetName.parse("lake.Ünï \"x\"");
    private static final ArrowType BIGINT = new ArrowType.Int(64, true);
    private static final Map<String, ArrowType> TYPES = Map.ofEntries(
            Map.entry("int8", new ArrowType.Int(8, true)),
            Map.entry("int16", new ArrowType.Int(16, true)),
            Map.entry("int32", new ArrowType.Int(32, true)),
            Map.entry("int64", BIGINT),
            Map.entry("uint64", new ArrowType.Int(64, false)),
            Map.entry("float", new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)),
            Map.entry("double", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)),
            Map.entry("decimal", new ArrowType.Decimal(12, 3, 128)),
            Map.entry("bool", ArrowType.Bool.INSTANCE),
            Map.entry("text", ArrowType.Utf8.INSTANCE),
            Map.entry("view", ArrowType.Utf8View.INSTANCE),
            Map.entry("binary", ArrowType.Binary.INSTANCE),
            Map.entry("fixed", new ArrowType.FixedSizeBinary(16)),
            Map.entry("date", new ArrowType.Date(DateUnit.DAY)),
            Map.entry("seconds", new ArrowType.Time(TimeUnit.SECOND, 32)),
            Map.entry("nanos", new ArrowType.Time(TimeUnit.NANOSECOND, 64)),
            Map.entry("timestamp", new ArrowType.Timestamp(TimeUnit.MICROSECOND, null)),
            Map.entry("zoned", new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC")),
            Map.entry("interval", new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO)),
            Map.entry("null", ArrowType.Null.INSTANCE));

    @ParameterizedTest
    @CsvSource({
        "int8, TINYINT, 3, 0",
        "int16, SMALLINT, 5, 0",
        "int32, INTEGER, 10, 0",
        "int64, BIGINT, 19, 0",
        "uint64, BIGINT UNSIGNED, 20, 0",
        "float, REAL, 7, ",
        "double, DOUBLE, 15, ",
        "decimal, DECIMAL, 12, 3",
        "bool, BOOLEAN, 1, ",
        "text, VARCHAR, , ",
        "view, VARCHAR, , ",
        "binary, VARBINARY, , ",
        "fixed, VARBINARY, 16, ",
        "date, DATE, 10, ",
        "seconds, TIME, 8, 0",
        "nanos, TIME, 18, 9",
        "timestamp, TIMESTAMP, 26, 6",
        "zoned, TIMESTAMP WITH TIME ZONE, 32, 6",
        "interval, INTERVAL, , ",
        "null, NULL, , "
    })
    void aColumnTellsTheSizesOfJdbc(String type, String name, String precision, String scale) {
        Map<String, String> wanted = new HashMap<>(Map.of(
                "ARROW:FLIGHT:SQL:TYPE_NAME", name,
                "ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT", "0",
                "ARROW:FLIGHT:SQL:IS_CASE_SENSITIVE", name.equals("VARCHAR") ? "1" : "0",
                "ARROW:FLIGHT:SQL:IS_READ_ONLY", "1",
                "ARROW:FLIGHT:SQL:IS_SEARCHABLE", "1"));
        if (precision != null) {
            wanted.put("ARROW:FLIGHT:SQL:PRECISION", precision);
        }
        if (scale != null) {
            wanted.put("ARROW:FLIGHT:SQL:SCALE", scale);
        }
        Schema schema = new Schema(List.of(Field.nullable("a", TYPES.get(type))));
        assertThat(onlyField(ColumnMetadata.describe(schema)).getMetadata()).isEqualTo(wanted);
    }

    @Test
    void aColumnOfADatasetTellsWhereItBelongs() {
        Schema schema = new Schema(List.of(Field.nullable("a", BIGINT)));
        assertThat(onlyField(ColumnMetadata.describe(schema, NAME)).getMetadata())
                .containsEntry("ARROW:FLIGHT:SQL:CATALOG_NAME", "bowyer")
                .containsEntry("ARROW:FLIGHT:SQL:SCHEMA_NAME", "lake")
                .containsEntry("ARROW:FLIGHT:SQL:DB_SCHEMA_NAME", "lake")
                .containsEntry("ARROW:FLIGHT:SQL:TABLE_NAME", "Ünï \"x\"")
                .containsEntry("ARROW:FLIGHT:SQL:TYPE_NAME", "BIGINT");
    }

    @Test
    void metadataOfOthersStaysAndOfOtherServersGoes() {
        Map<String, String> before = Map.of(
                "unit", "km",
                "ARROW:FLIGHT:SQL:REMARKS", "as driven",
                "ARROW:FLIGHT:SQL:TABLE_NAME", "elsewhere",
                "ARROW:FLIGHT:SQL:PRECISION", "4");
        Field field = new Field("a", new FieldType(false, ArrowType.Utf8.INSTANCE, null, before), List.of());
        Schema described = ColumnMetadata.describe(new Schema(List.of(field), Map.of("who", "me")));
        assertThat(onlyField(described).getMetadata())
                .containsEntry("unit", "km")
                .containsEntry("ARROW:FLIGHT:SQL:REMARKS", "as driven")
                .doesNotContainKeys("ARROW:FLIGHT:SQL:TABLE_NAME", "ARROW:FLIGHT:SQL:PRECISION");
        assertThat(onlyField(described).isNullable()).isFalse();
        assertThat(described.getCustomMetadata()).containsEntry("who", "me");
    }

    @Test
    void describingAgainChangesNothing() {
        Schema described = ColumnMetadata.describe(everything());
        assertThat(ColumnMetadata.describe(described)).isEqualTo(described);
        assertThat(SchemaBytes.of(ColumnMetadata.describe(everything()))).isEqualTo(SchemaBytes.of(described));
        assertThat(ColumnMetadata.describe(ColumnMetadata.describe(everything(), NAME)))
                .isEqualTo(described);
    }

    @Test
    void theSchemaOfATableIsWrittenAsDescribed() throws IOException {
        TableSchemas schemas = new TableSchemas();
        Schema wanted = ColumnMetadata.describe(everything(), NAME);
        assertThat(read(schemas.encode(everything(), NAME))).isEqualTo(wanted);
        // Nothing of one message is left in the next.
        DatasetName other = DatasetName.parse("other");
        Schema small = new Schema(List.of(Field.nullable("a", BIGINT)));
        assertThat(read(schemas.encode(small, other))).isEqualTo(ColumnMetadata.describe(small, other));
        assertThat(read(schemas.encode(new Schema(List.of()), other)).getFields())
                .isEmpty();
        assertThat(read(schemas.encode(everything(), NAME))).isEqualTo(wanted);
    }

    @Test
    void columnsOfATypeShareWhatTheyTell() {
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            fields.add(Field.nullable("column" + i, i % 2 == 0 ? BIGINT : ArrowType.Utf8.INSTANCE));
        }
        Schema schema = new Schema(fields);
        int repeated = SchemaBytes.of(ColumnMetadata.describe(schema, NAME)).size();
        assertThat(new TableSchemas().encode(schema, NAME).remaining()).isLessThan(repeated / 6);
    }

    /// A column of each type, twice, and what a schema may have besides.
    private static Schema everything() {
        List<Field> fields = new ArrayList<>();
        TYPES.keySet().stream().sorted().forEach(name -> {
            fields.add(Field.nullable(name, TYPES.get(name)));
            fields.add(Field.notNullable(name, TYPES.get(name)));
        });
        Field item = new Field("item", new FieldType(true, BIGINT, null, Map.of("of", "child")), List.of());
        fields.add(new Field("list", FieldType.nullable(ArrowType.List.INSTANCE), List.of(item)));
        fields.add(new Field(
                "struct",
                FieldType.nullable(ArrowType.Struct.INSTANCE),
                List.of(item, Field.nullable("b", ArrowType.Utf8.INSTANCE))));
        fields.add(new Field("told", new FieldType(true, BIGINT, null, Map.of("unit", "km")), List.of()));
        DictionaryEncoding encoding = new DictionaryEncoding(7, false, new ArrowType.Int(16, true));
        fields.add(new Field("word", new FieldType(true, ArrowType.Utf8.INSTANCE, encoding), List.of()));
        fields.add(Field.nullable("", BIGINT));
        fields.add(Field.nullable("日本 \"🚲\".", BIGINT));
        return new Schema(fields, Map.of("pandas", "{}"));
    }

    private static Field onlyField(Schema schema) {
        assertThat(schema.getFields()).hasSize(1);
        return schema.getFields().getFirst();
    }

    private static Schema read(ByteBuffer message) throws IOException {
        assertThat(message.remaining() % 8).isZero();
        byte[] bytes = new byte[message.remaining()];
        message.duplicate().get(bytes);
        return MessageSerializer.deserializeSchema(
                new ReadChannel(Channels.newChannel(new ByteArrayInputStream(bytes))));
    }
}
