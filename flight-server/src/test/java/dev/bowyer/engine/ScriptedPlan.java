package dev.bowyer.engine;

import dev.bowyer.engine.ScriptedEngine.Rows;
import dev.bowyer.engine.ScriptedEngine.Step;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.Schema;

/// The plan of a script. Every parameter is a 64-bit integer, which takes integers of any width.
record ScriptedPlan(String sql, Schema schema, Schema parameters, String dataVersion, List<Step> script, Runnable free)
        implements Plan {
    private static final Pattern CHANGING = Pattern.compile("\\b(now|random)\\(\\)", Pattern.CASE_INSENSITIVE);
    private static final Pattern ONE_PIECE = Pattern.compile("\\b(ORDER|LIMIT|GROUP)\\b", Pattern.CASE_INSENSITIVE);

    /// As `now()` would not be.
    @Override
    public boolean isRepeatable() {
        return !CHANGING.matcher(sql).find();
    }

    /// A part is every so-many-th message.
    @Override
    public int parts(int wanted) {
        if (ONE_PIECE.matcher(sql).find()) {
            return 1;
        }
        long messages = script.stream().filter(step -> step instanceof Rows).count();
        return Math.clamp(messages, 1, wanted);
    }

    @Override
    public byte[] bind(byte[] ipcStream) {
        int expected = parameters.getFields().size();
        try (BufferAllocator allocator = new RootAllocator();
                // Without a codec a compressed batch is refused.
                ArrowStreamReader reader = new ArrowStreamReader(
                        new ByteArrayInputStream(ipcStream), allocator, NoCompressionCodec.Factory.INSTANCE)) {
            VectorSchemaRoot given = reader.getVectorSchemaRoot();
            if (given.getFieldVectors().size() != expected) {
                throw invalid("the statement has " + expected + " parameters, "
                        + given.getFieldVectors().size() + " values were given");
            }
            if (!reader.loadNextBatch() || given.getRowCount() != 1) {
                throw invalid("parameters: " + given.getRowCount() + " rows (expected: 1)");
            }
            return cast(given, allocator);
        } catch (ServiceException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw invalid("parameters: not an Arrow IPC stream: " + e);
        }
    }

    private byte[] cast(VectorSchemaRoot given, BufferAllocator allocator) throws IOException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        try (VectorSchemaRoot cast = VectorSchemaRoot.create(parameters, allocator);
                ArrowStreamWriter writer = new ArrowStreamWriter(cast, null, stream)) {
            for (int i = 0; i < parameters.getFields().size(); i++) {
                BigIntVector column = (BigIntVector) cast.getVector(i);
                column.allocateNew(1);
                FieldVector value = given.getVector(i);
                if (value.isNull(0)) {
                    continue;
                }
                if (!(value instanceof BaseIntVector number)) {
                    throw invalid("parameter " + parameters.getFields().get(i).getName() + ": "
                            + value.getField().getType() + " is not an integer");
                }
                column.set(0, number.getValueAsLong(0));
            }
            cast.setRowCount(1);
            writer.writeBatch();
        }
        return stream.toByteArray();
    }

    private static ServiceException invalid(String message) {
        return new ServiceException(ErrorCode.INVALID_ARGUMENT, message);
    }

    @Override
    public void close() {
        free.run();
    }
}
