package dev.bowyer.http.sql;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.exchange.QueryString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Values of JSON as one row of Arrow, for the parameters of a statement. Each gets the type that JSON says; the engine
/// casts it to what the parameter wants, so that a date is a string here.
final class ParameterValues {
    /// Most digits of a number that is whole and beyond 64 bits.
    private static final int MAX_DIGITS = 38;

    private ParameterValues() {}

    /// An array has no names; how many values it has is looked at where they are bound.
    ///
    /// @param wanted the parameters of the statement
    /// @throws ServiceException INVALID_ARGUMENT for a name that the statement does not have, or that stands twice
    static void requireNames(JsonNode parameters, Schema wanted) {
        List<String> known = wanted.getFields().stream().map(Field::getName).toList();
        Set<String> seen = new HashSet<>();
        parameters.fieldNames().forEachRemaining(key -> {
            String name = named(key);
            if (!known.contains(name)) {
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT,
                        "parameters: the statement has no " + QueryString.shown(name) + " (it has: "
                                + (known.isEmpty() ? "none" : String.join(", ", known)) + ")",
                        NearestNames.hint(name, known.stream()));
            }
            if (!seen.add(name)) {
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT, "parameters: " + QueryString.shown(name) + " stands twice");
            }
        });
    }

    /// @param parameters an array, by place; or an object, by name, with or without the `$`
    /// @return an Arrow IPC stream of one row
    /// @throws ServiceException INVALID_ARGUMENT for a value that is a list or an object, or too large a number
    static byte[] ipcStream(JsonNode parameters) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot row = row(parameters, allocator);
                ArrowStreamWriter writer = new ArrowStreamWriter(row, null, stream)) {
            row.setRowCount(1);
            writer.writeBatch();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return stream.toByteArray();
    }

    private static VectorSchemaRoot row(JsonNode parameters, BufferAllocator allocator) {
        List<FieldVector> vectors = new ArrayList<>();
        try {
            if (parameters.isArray()) {
                for (JsonNode value : parameters) {
                    vectors.add(vector("$" + (vectors.size() + 1), value, allocator));
                }
            } else {
                parameters
                        .properties()
                        .forEach(entry -> vectors.add(vector(named(entry.getKey()), entry.getValue(), allocator)));
            }
            return new VectorSchemaRoot(vectors);
        } catch (RuntimeException | Error e) {
            vectors.forEach(FieldVector::close);
            throw e;
        }
    }

    private static String named(String key) {
        return key.startsWith("$") ? key : "$" + key;
    }

    private static FieldVector vector(String name, JsonNode value, BufferAllocator allocator) {
        return switch (value.getNodeType()) {
            case NULL -> new NullVector(name, 1);
            case BOOLEAN -> {
                BitVector vector = new BitVector(name, allocator);
                vector.setSafe(0, value.booleanValue() ? 1 : 0);
                yield vector;
            }
            case STRING -> {
                VarCharVector vector = new VarCharVector(name, allocator);
                vector.setSafe(0, value.textValue().getBytes(StandardCharsets.UTF_8));
                yield vector;
            }
            case NUMBER -> number(name, value, allocator);
            case ARRAY, OBJECT, BINARY, MISSING, POJO ->
                throw invalid(name, value, "a number, a string, a boolean or null");
        };
    }

    private static FieldVector number(String name, JsonNode value, BufferAllocator allocator) {
        if (!value.isIntegralNumber()) {
            double number = value.doubleValue();
            if (Double.isInfinite(number)) {
                throw invalid(name, value, "a number of 64 bits");
            }
            Float8Vector vector = new Float8Vector(name, allocator);
            vector.setSafe(0, number);
            return vector;
        }
        if (value.canConvertToLong()) {
            BigIntVector vector = new BigIntVector(name, allocator);
            vector.setSafe(0, value.longValue());
            return vector;
        }
        BigDecimal exact = new BigDecimal(value.bigIntegerValue());
        if (exact.precision() > MAX_DIGITS) {
            throw invalid(name, value, "at most " + MAX_DIGITS + " digits");
        }
        DecimalVector vector = new DecimalVector(name, allocator, MAX_DIGITS, 0);
        vector.setSafe(0, exact);
        return vector;
    }

    private static ServiceException invalid(String name, JsonNode value, String expected) {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT,
                "parameter " + name + ": " + SqlBody.shown(value) + " (expected: " + expected + ")");
    }
}
