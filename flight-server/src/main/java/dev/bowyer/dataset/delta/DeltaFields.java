package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.lake.LakeSchemas;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.delta.kernel.internal.util.ColumnMapping;
import io.delta.kernel.internal.util.ColumnMapping.ColumnMappingMode;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.FieldMetadata;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/// Fields of a Delta schema as Arrow fields.
///
/// @param mode how a field is found in a file
record DeltaFields(ColumnMappingMode mode) {
    /// Where the ids of list elements, keys and values stand, by their path below the physical name.
    private static final List<String> NESTED_IDS =
            List.of(ColumnMapping.COLUMN_MAPPING_NESTED_IDS_KEY, ColumnMapping.PARQUET_FIELD_NESTED_IDS_METADATA_KEY);

    /// In the mapping by id, a file without ids has no field of the table.
    private static final String NO_NAMES = "[]";

    /// @param parent path of the enclosing field for messages, with a dot at its end; empty at the top
    Field field(StructField field, String parent) {
        return of(
                field.getName(),
                field.getDataType(),
                field.isNullable(),
                metadata(field, parent),
                new Place(parent + field.getName(), physical(field), field.getMetadata()));
    }

    String physical(StructField field) {
        return mode == ColumnMappingMode.NONE ? field.getName() : ColumnMapping.getPhysicalName(field);
    }

    private Map<String, String> metadata(StructField field, String parent) {
        return switch (mode) {
            case NONE -> Map.of();
            case NAME -> Map.of(LakeSchemas.PHYSICAL, physical(field));
            case ID -> {
                Object id = field.getMetadata().get(ColumnMapping.COLUMN_MAPPING_ID_KEY);
                if (!(id instanceof Number number)) {
                    throw new ServiceException(
                            ErrorCode.SOURCE_INVALID,
                            "column \"" + parent + field.getName() + "\" has no " + ColumnMapping.COLUMN_MAPPING_ID_KEY
                                    + ", although the columns of the table are mapped by id");
                }
                yield withId(number.longValue());
            }
        };
    }

    private static Map<String, String> withId(long id) {
        return Map.of(LakeSchemas.FIELD_ID, Long.toString(id), LakeSchemas.NAMES, NO_NAMES);
    }

    /// @param path for messages
    /// @param key path below the nearest field of a struct, as nested ids have it
    /// @param metadata of that field
    private record Place(String path, String key, FieldMetadata metadata) {
        Place below(String name) {
            return new Place(path + "." + name, key + "." + name, metadata);
        }
    }

    private Field of(String name, DataType type, boolean nullable, Map<String, String> metadata, Place place) {
        return switch (type) {
            case StructType struct ->
                arrow(
                        name,
                        ArrowType.Struct.INSTANCE,
                        nullable,
                        metadata,
                        struct.fields().stream()
                                .map(field -> field(field, place.path() + "."))
                                .toList());
            case ArrayType array ->
                arrow(
                        name,
                        ArrowType.List.INSTANCE,
                        nullable,
                        metadata,
                        List.of(nested("element", array.getElementType(), array.containsNull(), place)));
            case MapType map -> {
                Field entries = arrow(
                        "key_value",
                        ArrowType.Struct.INSTANCE,
                        false,
                        Map.of(),
                        List.of(
                                nested("key", map.getKeyType(), false, place),
                                nested("value", map.getValueType(), map.isValueContainsNull(), place)));
                yield arrow(name, new ArrowType.Map(false), nullable, metadata, List.of(entries));
            }
            default -> arrow(name, DeltaTypes.arrow(type, place.path()), nullable, metadata, List.of());
        };
    }

    private Field nested(String name, DataType type, boolean nullable, Place parent) {
        Place place = parent.below(name);
        return of(name, type, nullable, nestedMetadata(place), place);
    }

    private Map<String, String> nestedMetadata(Place place) {
        if (mode == ColumnMappingMode.ID) {
            for (String key : NESTED_IDS) {
                if (place.metadata().get(key) instanceof FieldMetadata ids
                        && ids.get(place.key()) instanceof Number id) {
                    return withId(id.longValue());
                }
            }
        }
        return Map.of();
    }

    private static Field arrow(
            String name, ArrowType type, boolean nullable, Map<String, String> metadata, List<Field> children) {
        return new Field(name, new FieldType(nullable, type, null, metadata), children);
    }
}
