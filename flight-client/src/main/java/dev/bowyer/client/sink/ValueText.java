package dev.bowyer.client.sink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Values as text, for targets that have no type for them: ISO 8601 for times, JSON for what has parts. */
final class ValueText {
    private static final JsonFactory JSON = new JsonFactory();
    /** Beyond it a decimal has an exponent: a scale is any number of 32 bits, and a plain one that many zeros. */
    private static final int LONGEST_SCALE = 1000;

    private static final HexFormat HEX_DIGITS = HexFormat.of();

    static final Function<byte[], String> HEX = HEX_DIGITS::formatHex;
    static final Function<byte[], String> BASE64 = Base64.getEncoder()::encodeToString;

    private final Function<byte[], String> binary;

    ValueText(Function<byte[], String> binary) {
        this.binary = binary;
    }

    /** @param value as {@link dev.bowyer.client.frame.value.ValueReader} returns it */
    String of(Object value) {
        if (value instanceof BigDecimal decimal) {
            return Math.abs((long) decimal.scale()) <= LONGEST_SCALE ? decimal.toPlainString() : decimal.toString();
        } else if (value instanceof byte[] bytes) {
            return binary.apply(bytes);
        } else if (value instanceof LocalTime time) {
            return DateTimeFormatter.ISO_LOCAL_TIME.format(time); // always with seconds
        } else if (value instanceof LocalDateTime time) {
            return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(time);
        } else if (value instanceof List || value instanceof Map) {
            return json(value);
        }
        return value.toString();
    }

    private String json(Object value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            write(json, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // text goes to memory
        }
        return text.toString();
    }

    private void write(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object item : list) {
                write(json, item);
            }
            json.writeEndArray();
        } else if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                Object key = entry.getKey();
                json.writeFieldName(key == null ? "null" : of(key));
                write(json, entry.getValue());
            }
            json.writeEndObject();
        } else if (value instanceof Boolean bool) {
            json.writeBoolean(bool);
        } else if (isNumber(value)) {
            json.writeNumber(of(value));
        } else {
            json.writeString(of(value));
        }
    }

    /** JSON has no infinity, and nothing that is not a number: they become text. */
    private static boolean isNumber(Object value) {
        return value instanceof Double number
                ? Double.isFinite(number)
                : value instanceof Float single
                        ? Float.isFinite(single)
                        : value instanceof Number || value instanceof BigInteger;
    }
}
