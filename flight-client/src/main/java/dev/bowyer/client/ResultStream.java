package dev.bowyer.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one query, batch by batch, endpoint after endpoint. For one thread at a time, but for {@link #cancel}.
 *
 * <p>{@link #root} belongs to the stream and is overwritten by the next call of {@link #next}.
 */
public final class ResultStream implements AutoCloseable {
    private final URI uri;
    private final FlightClient flight;
    private final Schema schema;
    private final Iterator<FlightEndpoint> endpoints;
    private volatile boolean cancelled;
    private volatile @Nullable FlightStream current;

    ResultStream(URI uri, FlightClient flight, FlightInfo info) {
        this.uri = uri;
        this.flight = flight;
        List<FlightEndpoint> all = info.getEndpoints();
        this.endpoints = all.iterator();
        this.schema = info.getSchemaOptional().orElseGet(this::schemaOfFirst);
    }

    /** The schema of every batch. */
    public Schema schema() {
        return schema;
    }

    /**
     * Goes on to the next batch; blocks until the server has sent it.
     *
     * @return false at the end
     * @throws BowyerException when the query fails on the way; rows that were read before are then only a part
     */
    public boolean next() {
        try {
            while (true) {
                FlightStream stream = current;
                if (stream != null && stream.next()) {
                    return true;
                }
                if (cancelled || !endpoints.hasNext()) {
                    return false;
                }
                open();
            }
        } catch (FlightRuntimeException e) {
            throw BowyerException.of(uri, e);
        }
    }

    /** The current batch, after {@link #next} said true. */
    public VectorSchemaRoot root() {
        FlightStream stream = current;
        if (stream == null) {
            throw new IllegalStateException("next() comes first");
        }
        return stream.getRoot();
    }

    /**
     * Reads what is left, one call of {@code sink} a batch, and one at least.
     *
     * @return number of rows
     */
    public long copyTo(IpcSink sink) {
        long rows = 0;
        boolean empty = true;
        while (next()) {
            rows += root().getRowCount();
            sink.accept(encode(true));
            empty = false;
        }
        if (empty) {
            sink.accept(encode(false));
        }
        return rows;
    }

    /** Asks the server to stop; {@link #next} then ends or fails. From any thread. */
    public void cancel() {
        cancelled = true;
        FlightStream stream = current;
        if (stream != null) {
            stream.cancel("cancelled by the caller", null);
        }
    }

    @Override
    public void close() {
        FlightStream stream = current;
        current = null;
        if (stream == null) {
            return;
        }
        try {
            stream.close();
        } catch (Exception e) {
            throw new BowyerException("INTERNAL", "closing the result failed: " + e.getMessage(), null, e);
        }
    }

    private void open() {
        close();
        FlightStream stream = flight.getStream(endpoints.next().getTicket());
        current = stream;
        List<String> announced = names(schema);
        List<String> sent = names(stream.getSchema());
        if (!sent.equals(announced)) {
            throw new BowyerException(
                    "INTERNAL", "the server announced the columns " + announced + " and sent " + sent, null, null);
        }
    }

    private static List<String> names(Schema schema) {
        return schema.getFields().stream().map(Field::getName).toList();
    }

    private Schema schemaOfFirst() {
        if (!endpoints.hasNext()) {
            return new Schema(List.of());
        }
        FlightStream stream = flight.getStream(endpoints.next().getTicket());
        current = stream;
        return stream.getSchema();
    }

    private byte[] encode(boolean batch) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FlightStream stream = current;
        try {
            if (stream == null) {
                MessageSerializer.serialize(new WriteChannel(Channels.newChannel(bytes)), schema);
                return bytes.toByteArray();
            }
            try (ArrowStreamWriter writer = new ArrowStreamWriter(
                    stream.getRoot(), stream.getDictionaryProvider(), Channels.newChannel(bytes))) {
                writer.start();
                if (batch) {
                    writer.writeBatch();
                }
                writer.end();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // bytes go to memory
        }
        return bytes.toByteArray();
    }
}
