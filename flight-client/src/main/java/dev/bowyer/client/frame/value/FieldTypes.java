package dev.bowyer.client.frame.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.apache.arrow.vector.PeriodDuration;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** What a field of a schema says about its values and its vector. */
public final class FieldTypes {
    private static final String UUID_NAME = "arrow.uuid";
    private static final int UUID_BYTES = 16;

    private FieldTypes() {}

    /** The class of the objects that {@link ValueReader} reads from a column; Object when rows differ, as in a union. */
    public static Class<?> javaType(Field field) {
        if (isUuid(field)) {
            return UUID.class;
        }
        ArrowType type = field.getType() instanceof ArrowType.ExtensionType extension
                ? extension.storageType()
                : field.getType();
        return switch (type.getTypeID()) {
            case Null, NONE, Union -> Object.class;
            case Bool -> Boolean.class;
            case Int -> integerClass((ArrowType.Int) type);
            case FloatingPoint ->
                ((ArrowType.FloatingPoint) type).getPrecision() == FloatingPointPrecision.DOUBLE
                        ? Double.class
                        : Float.class;
            case Decimal -> BigDecimal.class;
            case Utf8, LargeUtf8, Utf8View -> String.class;
            case Binary, LargeBinary, BinaryView, FixedSizeBinary -> byte[].class;
            case Date -> LocalDate.class;
            case Time -> LocalTime.class;
            case Timestamp -> hasZone((ArrowType.Timestamp) type) ? Instant.class : LocalDateTime.class;
            case Duration -> Duration.class;
            case Interval ->
                ((ArrowType.Interval) type).getUnit() == IntervalUnit.YEAR_MONTH ? Period.class : PeriodDuration.class;
            case List, LargeList, FixedSizeList, ListView, LargeListView -> List.class;
            case Map, Struct -> Map.class;
            case RunEndEncoded -> javaType(field.getChildren().get(1));
        };
    }

    private static Class<?> integerClass(ArrowType.Int type) {
        return switch (type.getIsSigned() ? type.getBitWidth() : type.getBitWidth() * 2) {
            case 8 -> Byte.class;
            case 16 -> Short.class;
            case 32 -> Integer.class;
            case 64 -> Long.class;
            default -> BigInteger.class;
        };
    }

    /** Also where this process knows the extension only by the metadata of the field. */
    static boolean isUuid(Field field) {
        ArrowType storage = field.getType();
        String extension = field.getMetadata().get(ArrowType.ExtensionType.EXTENSION_METADATA_KEY_NAME);
        if (field.getType() instanceof ArrowType.ExtensionType type) {
            storage = type.storageType();
            extension = type.extensionName();
        }
        return UUID_NAME.equals(extension)
                && storage instanceof ArrowType.FixedSizeBinary bytes
                && bytes.getByteWidth() == UUID_BYTES;
    }

    /** An empty zone is none. */
    static boolean hasZone(ArrowType.Timestamp type) {
        return type.getTimezone() != null && !type.getTimezone().isEmpty();
    }

    /** The field of the vector beneath an extension type; what the extension is stays in the metadata. */
    static Field storage(Field field) {
        if (!(field.getType() instanceof ArrowType.ExtensionType extension)) {
            return field;
        }
        Map<String, String> metadata = new HashMap<>(field.getMetadata());
        metadata.put(ArrowType.ExtensionType.EXTENSION_METADATA_KEY_NAME, extension.extensionName());
        FieldType type = new FieldType(field.isNullable(), extension.storageType(), field.getDictionary(), metadata);
        return new Field(field.getName(), type, field.getChildren());
    }

    /** The field of the values that runs stand for; else the field itself, without its extension. */
    static Field valueField(Field field) {
        Field storage = storage(field);
        return storage.getType() instanceof ArrowType.RunEndEncoded
                ? valueField(storage.getChildren().get(1))
                : storage;
    }

    /** The values of a dictionary-encoded column, as a column. */
    static Field withoutDictionary(Field field) {
        FieldType type = new FieldType(true, field.getType(), null, field.getMetadata());
        return new Field(field.getName(), type, field.getChildren());
    }

    /** Signed 32 bits where the encoding does not say. */
    static ArrowType.Int indexType(DictionaryEncoding encoding) {
        ArrowType.Int type = encoding.getIndexType();
        return type == null ? new ArrowType.Int(32, true) : type;
    }

    /** The type of an encoding's indices, or the next wider one of 16 or 32 bits that can count so many values. */
    public static ArrowType.Int indexTypeFor(DictionaryEncoding encoding, int values) {
        ArrowType.Int type = indexType(encoding);
        int bits = type.getBitWidth() - (type.getIsSigned() ? 1 : 0);
        if (values <= 1L << Math.min(bits, 62)) {
            return type;
        }
        return new ArrowType.Int(values <= 1 << 15 ? 16 : 32, true);
    }

    /**
     * The form of a field that its vector has: where a field is dictionary-encoded, the type of the indices; and of children with
     * the same name, the second is called {@code name#2}, since arrow-java puts it in the place of the first. {@code createVector}
     * of the result makes a vector as in a batch.
     */
    public static Field vectorField(Field field) {
        DictionaryEncoding encoding = field.getDictionary();
        if (encoding != null) {
            FieldType type = new FieldType(field.isNullable(), indexType(encoding), encoding, field.getMetadata());
            return new Field(field.getName(), type, List.of());
        }
        List<Field> children = new ArrayList<>();
        List<String> names = distinctNames(field.getChildren());
        for (int i = 0; i < names.size(); i++) {
            Field child = vectorField(field.getChildren().get(i));
            children.add(new Field(names.get(i), child.getFieldType(), child.getChildren()));
        }
        return new Field(field.getName(), field.getFieldType(), children);
    }

    /** The names of the fields; of fields with the same name, the second as {@code name#2} and so on. */
    public static List<String> distinctNames(List<Field> fields) {
        Set<String> taken = new HashSet<>();
        fields.forEach(field -> taken.add(field.getName()));
        Set<String> used = new HashSet<>();
        List<String> names = new ArrayList<>();
        for (Field field : fields) {
            String name = field.getName();
            for (int i = 2; !used.add(name); i++) {
                String numbered = field.getName() + "#" + i;
                name = taken.contains(numbered) ? field.getName() : numbered;
            }
            names.add(name);
        }
        return names;
    }

    /** A field's type in one short word or two, as in {@code list<int32>}, {@code decimal(12, 2)}, {@code dictionary<utf8>}. */
    public static String describe(Field field) {
        String type = TypeNames.of(field);
        return field.getDictionary() == null ? type : "dictionary<" + type + ">";
    }

    static String describe(ArrowType type) {
        return TypeNames.of(new Field("", FieldType.nullable(type), List.of()));
    }

    /** Names and types alike, at every level; nullability and metadata may differ. */
    public static boolean sameColumns(Schema left, Schema right) {
        return sameFields(left.getFields(), right.getFields());
    }

    private static boolean sameFields(List<Field> left, List<Field> right) {
        boolean same = left.size() == right.size();
        for (int i = 0; same && i < left.size(); i++) {
            Field a = left.get(i);
            Field b = right.get(i);
            same = a.getName().equals(b.getName())
                    && a.getType().equals(b.getType())
                    && Objects.equals(a.getDictionary(), b.getDictionary())
                    && sameFields(a.getChildren(), b.getChildren());
        }
        return same;
    }
}
