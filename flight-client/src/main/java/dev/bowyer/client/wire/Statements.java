package dev.bowyer.client.wire;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import io.grpc.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Flight SQL: statements, with and without values. Thread-safe. */
public final class Statements {
    /** Most values of one statement. */
    static final int MAX_VALUES = 65_535;

    private final FlightCalls calls;
    private final Memory memory;

    public Statements(FlightCalls calls, Memory memory) {
        this.calls = calls;
        this.memory = memory;
    }

    /** A statement as a descriptor. */
    public static Flight.FlightDescriptor descriptor(String sql) {
        return command(
                FlightSql.CommandStatementQuery.newBuilder().setQuery(sql).build());
    }

    static Flight.FlightDescriptor command(Message command) {
        return Flight.FlightDescriptor.newBuilder()
                .setType(Flight.FlightDescriptor.DescriptorType.CMD)
                .setCmd(Any.pack(command).toByteString())
                .build();
    }

    /**
     * A statement that the server holds ready, with values bound to it.
     *
     * @param descriptor of its results
     */
    public record Prepared(ByteString handle, Flight.FlightDescriptor descriptor) {}

    /**
     * Prepares a statement and binds values to it.
     *
     * @param positional values by position; empty when {@code named} has some
     * @param named values by the names of parameters, without {@code $} or {@code :}
     * @throws BowyerException INVALID_ARGUMENT when a value is missing or has no parameter
     */
    public Prepared prepare(
            String sql, List<@Nullable Object> positional, Map<String, @Nullable Object> named, CallScope scope) {
        FlightSql.ActionCreatePreparedStatementRequest request =
                FlightSql.ActionCreatePreparedStatementRequest.newBuilder()
                        .setQuery(sql)
                        .build();
        List<Flight.Result> answers = calls.action(
                "CreatePreparedStatement", Any.pack(request).toByteString(), scope, FlightCalls.Repeat.SAFE);
        FlightSql.ActionCreatePreparedStatementResult created = unpacked(answers);
        ByteString handle = created.getPreparedStatementHandle();
        try {
            Schema wanted = Schemas.parse(created.getParameterSchema());
            List<Field> parameters = wanted == null ? List.of() : wanted.getFields();
            List<@Nullable Object> values =
                    named.isEmpty() ? byPosition(parameters, positional) : byName(parameters, named);
            ByteString bound = bind(handle, parameters, values, scope);
            return new Prepared(
                    bound,
                    command(FlightSql.CommandPreparedStatementQuery.newBuilder()
                            .setPreparedStatementHandle(bound)
                            .build()));
        } catch (RuntimeException | Error e) {
            close(handle, scope);
            throw e;
        }
    }

    private FlightSql.ActionCreatePreparedStatementResult unpacked(List<Flight.Result> answers) {
        try {
            if (answers.isEmpty()) {
                throw new InvalidProtocolBufferException("it is empty");
            }
            return Any.parseFrom(answers.get(0).getBody()).unpack(FlightSql.ActionCreatePreparedStatementResult.class);
        } catch (InvalidProtocolBufferException e) {
            throw new BowyerException(
                    ErrorCodes.BAD_ANSWER,
                    calls.settings().uri() + " answers CreatePreparedStatement with what is none: " + e.getMessage(),
                    null,
                    e);
        }
    }

    private static List<@Nullable Object> byPosition(List<Field> parameters, List<@Nullable Object> values) {
        if (!parameters.isEmpty() && parameters.size() != values.size()) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    "the statement has " + parameters.size() + " parameters, and " + values.size()
                            + " values are bound",
                    "bind one value for each");
        }
        return values;
    }

    private static List<@Nullable Object> byName(List<Field> parameters, Map<String, @Nullable Object> named) {
        List<String> names = parameters.stream().map(Statements::nameOf).toList();
        for (String name : named.keySet()) {
            if (!names.contains(name)) {
                throw BowyerException.of(
                        ErrorCodes.INVALID_ARGUMENT,
                        "the statement has no parameter $" + name,
                        names.isEmpty() ? "it has none" : "its parameters are $" + String.join(", $", names));
            }
        }
        List<@Nullable Object> values = new ArrayList<>();
        for (String name : names) {
            if (!named.containsKey(name)) {
                throw BowyerException.of(
                        ErrorCodes.INVALID_ARGUMENT, "no value is bound to $" + name, "bind(\"" + name + "\", value)");
            }
            values.add(named.get(name));
        }
        return values;
    }

    private static String nameOf(Field parameter) {
        String name = parameter.getName();
        return name.startsWith("$") || name.startsWith(":") || name.startsWith("@") ? name.substring(1) : name;
    }

    private ByteString bind(ByteString handle, List<Field> parameters, List<@Nullable Object> values, CallScope scope) {
        if (values.size() > MAX_VALUES) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT, values.size() + " values are bound (limit: " + MAX_VALUES + ")", null);
        }
        BufferAllocator allocator = memory.allocator("parameters");
        try (Batch row = row(parameters, values, allocator)) {
            Flight.FlightDescriptor descriptor = command(FlightSql.CommandPreparedStatementQuery.newBuilder()
                    .setPreparedStatementHandle(handle)
                    .build());
            List<ByteString> answers = calls.upload(descriptor, row.schema(), scope, upload -> upload.send(row));
            for (ByteString answer : answers) {
                ByteString renamed =
                        FlightSql.DoPutPreparedStatementResult.parseFrom(answer).getPreparedStatementHandle();
                if (!renamed.isEmpty()) {
                    return renamed;
                }
            }
            return handle;
        } catch (InvalidProtocolBufferException e) {
            throw new BowyerException(
                    ErrorCodes.BAD_ANSWER, calls.settings().uri() + " answers a bind with what is none", null, e);
        } finally {
            memory.release(allocator);
        }
    }

    private static Batch row(List<Field> parameters, List<@Nullable Object> values, BufferAllocator allocator) {
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            Field wanted = i < parameters.size() ? parameters.get(i) : null;
            String name = wanted == null ? "$" + (i + 1) : wanted.getName();
            fields.add(BoundValues.field(name, values.get(i), wanted));
        }
        List<FieldVector> vectors = new ArrayList<>();
        try {
            for (int i = 0; i < values.size(); i++) {
                FieldVector vector = fields.get(i).createVector(allocator);
                vectors.add(vector);
                vector.setInitialCapacity(1);
                vector.allocateNew();
                BoundValues.set(vector, 0, values.get(i));
                vector.setValueCount(1);
            }
            return Batch.of(new Schema(fields), vectors, 1, Map.of(), 0, () -> {});
        } catch (RuntimeException | Error e) {
            vectors.forEach(FieldVector::close);
            throw e;
        }
    }

    /** The server may forget the statement. Does not throw: it forgets by itself in time. */
    public void close(ByteString handle, CallScope scope) {
        FlightSql.ActionClosePreparedStatementRequest request =
                FlightSql.ActionClosePreparedStatementRequest.newBuilder()
                        .setPreparedStatementHandle(handle)
                        .build();
        // Also after the question was cancelled.
        Context.ROOT.run(() -> {
            try {
                calls.action(
                        "ClosePreparedStatement",
                        Any.pack(request).toByteString(),
                        CallScope.of(scope.headers(), FlightCalls.CANCEL_TIME),
                        FlightCalls.Repeat.UNSENT);
            } catch (BowyerException e) {
                return;
            }
        });
    }
}
