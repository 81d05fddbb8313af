package dev.bowyer.dataset.delta.log;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FloatingPointVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.ViewVarCharVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/// Statistics that a checkpoint has as a struct alone, as the JSON that the kernel knows.
final class ParsedStats {
    /// In the `add` column, next to [#JSON].
    static final String STRUCT = "stats_parsed";

    static final String JSON = "stats";

    private ParsedStats() {}

    static String json(StructVector stats, int row) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JsonValues.MAPPER.createGenerator(text)) {
            write(json, stats, row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, FieldVector vector, int row) throws IOException {
        if (vector.isNull(row)) {
            json.writeNull();
            return;
        }
        switch (vector) {
            case StructVector struct -> {
                json.writeStartObject();
                for (FieldVector child : struct.getChildrenFromFields()) {
                    json.writeFieldName(child.getName());
                    write(json, child, row);
                }
                json.writeEndObject();
            }
            case VarCharVector text -> json.writeString(text.getObject(row).toString());
            case ViewVarCharVector text -> json.writeString(text.getObject(row).toString());
            case BitVector flag -> json.writeBoolean(flag.get(row) != 0);
            case DateDayVector day ->
                json.writeString(LocalDate.ofEpochDay(day.get(row)).toString());
            case TimeStampVector moment -> json.writeString(moment(moment, row).toString());
            case DecimalVector decimal ->
                json.writeNumber(decimal.getObject(row).toPlainString());
            case BaseIntVector integer -> json.writeNumber(integer.getValueAsLong(row));
            case FloatingPointVector number -> write(json, number.getValueAsDouble(row));
            // No type that has bounds.
            default -> json.writeNull();
        }
    }

    private static void write(JsonGenerator json, double number) throws IOException {
        if (Double.isFinite(number)) {
            json.writeNumber(number);
        } else {
            json.writeString(Double.toString(number));
        }
    }

    private static Instant moment(TimeStampVector vector, int row) {
        TimeUnit unit = ((ArrowType.Timestamp) vector.getField().getType()).getUnit();
        ChronoUnit step = switch (unit) {
            case SECOND -> ChronoUnit.SECONDS;
            case MILLISECOND -> ChronoUnit.MILLIS;
            case MICROSECOND -> ChronoUnit.MICROS;
            case NANOSECOND -> ChronoUnit.NANOS;
        };
        return Instant.EPOCH.plus(vector.get(row), step);
    }
}
