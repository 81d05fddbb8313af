package dev.bowyer.flight.metadata;

import java.util.List;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/// What clients are told of a statement's parameters: times and timestamps in milliseconds. The JDBC driver 18.3 binds
/// them so, whatever unit it is told, and any other would make its values wrong without a word. A client that binds
/// finer values may: what comes is cast to the parameter's own type.
public final class ParameterSchema {
    private static final int TIME_MILLISECOND_BITS = 32;

    private ParameterSchema() {}

    public static Schema told(Schema parameters) {
        List<Field> fields =
                parameters.getFields().stream().map(ParameterSchema::told).toList();
        return new Schema(fields);
    }

    private static Field told(Field field) {
        ArrowType type = told(field.getType());
        FieldType fieldType = new FieldType(field.isNullable(), type, field.getDictionary(), field.getMetadata());
        return new Field(field.getName(), fieldType, field.getChildren());
    }

    private static ArrowType told(ArrowType type) {
        return switch (type) {
            case ArrowType.Timestamp timestamp ->
                new ArrowType.Timestamp(TimeUnit.MILLISECOND, timestamp.getTimezone());
            case ArrowType.Time _ -> new ArrowType.Time(TimeUnit.MILLISECOND, TIME_MILLISECOND_BITS);
            default -> type;
        };
    }
}
