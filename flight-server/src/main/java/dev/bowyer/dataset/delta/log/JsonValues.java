package dev.bowyer.dataset.delta.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.ByteType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DecimalType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.FloatType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.ShortType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// JSON to the values of a [ValueVector]. Fields that the type does not have are passed over; those that the
/// JSON does not have are NULL.
public final class JsonValues {
    /// Deepest nesting of JSON.
    private static final int MAX_NESTING = 500;

    /// Strings are bounded by the line they stand in.
    public static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNestingDepth(MAX_NESTING)
                            .build())
                    .build())
            .build();

    private JsonValues() {}

    /// @param json one object and nothing else
    static @Nullable Object[] object(byte[] json, StructType type) throws IOException {
        try (JsonParser parser = MAPPER.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new JsonParseException(parser, "expected a JSON object");
            }
            @Nullable Object[] fields = struct(parser, type);
            if (parser.nextToken() != null) {
                throw new JsonParseException(parser, "expected the end of the line after the JSON object");
            }
            return fields;
        }
    }

    private static @Nullable Object value(JsonParser json, DataType type) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        return switch (type) {
            case StructType struct -> new ValueVector.Struct(struct(expect(json, JsonToken.START_OBJECT), struct));
            case ArrayType array -> list(expect(json, JsonToken.START_ARRAY), array.getElementType());
            case MapType map -> pairs(expect(json, JsonToken.START_OBJECT), map.getValueType());
            case StringType _ -> text(json);
            case BooleanType _ -> json.getBooleanValue();
            case ByteType _, ShortType _, IntegerType _ -> json.getIntValue();
            case LongType _ -> json.getLongValue();
            case FloatType _, DoubleType _ -> json.getDoubleValue();
            case DecimalType _ -> json.getDecimalValue();
            default -> throw new JsonParseException(json, "no value of the type " + type + " is read from JSON");
        };
    }

    private static JsonParser expect(JsonParser json, JsonToken token) throws IOException {
        if (json.currentToken() != token) {
            throw new JsonParseException(json, "expected " + token + ", not " + json.currentToken());
        }
        return json;
    }

    private static @Nullable Object[] struct(JsonParser json, StructType type) throws IOException {
        @Nullable Object[] fields = new @Nullable Object[type.length()];
        while (json.nextToken() != JsonToken.END_OBJECT) {
            int ordinal = type.indexOf(json.currentName());
            json.nextToken();
            if (ordinal < 0) {
                json.skipChildren();
            } else {
                fields[ordinal] = value(json, type.at(ordinal).getDataType());
            }
        }
        return fields;
    }

    private static List<@Nullable Object> list(JsonParser json, DataType element) throws IOException {
        List<@Nullable Object> values = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            values.add(value(json, element));
        }
        return values;
    }

    private static ValueVector.Pairs pairs(JsonParser json, DataType type) throws IOException {
        ValueVector.Pairs pairs = new ValueVector.Pairs(new ArrayList<>(), new ArrayList<>());
        while (json.nextToken() != JsonToken.END_OBJECT) {
            pairs.keys().add(json.currentName());
            json.nextToken();
            pairs.values().add(value(json, type));
        }
        return pairs;
    }

    /// What is no string becomes its JSON text: writers differ in the parameters and metrics of an operation.
    private static String text(JsonParser json) throws IOException {
        return json.currentToken() == JsonToken.VALUE_STRING
                ? json.getText()
                : json.readValueAsTree().toString();
    }
}
