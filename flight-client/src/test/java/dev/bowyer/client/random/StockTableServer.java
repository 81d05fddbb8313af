package dev.bowyer.client.random;

import dev.bowyer.client.random.PartEncoder.DictionaryRows;
import dev.bowyer.client.random.PartEncoder.Step;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.NoOpFlightProducer;
import org.apache.arrow.flight.SchemaResult;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;

/** Serves the table of seed N for the path N by arrow-java's own server, from its vectors. */
final class StockTableServer implements AutoCloseable {
    private static final int STOP_SECONDS = 10;

    /** One: requests at once share the empty buffer of flight-core's allocator, and now and then one of them fails. */
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    private final FlightServer server;

    /** @param memory of the server's requests */
    StockTableServer(BufferAllocator memory) throws IOException {
        server = FlightServer.builder(memory, Location.forGrpcInsecure("localhost", 0), new Producer())
                .executor(thread)
                .build()
                .start();
    }

    String uri() {
        return "grpc://localhost:" + server.getPort();
    }

    @Override
    public void close() {
        server.shutdown();
        thread.shutdown();
        try {
            if (!server.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the server did not end within " + STOP_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the server ended", e);
        }
    }

    /** The vectors of a part of a table, batch after batch in the same root. */
    static final class Part implements AutoCloseable {
        private final Messages messages;
        private final List<Step> steps;
        private final MapDictionaryProvider provider = new MapDictionaryProvider();
        private final Map<Long, Dictionary> dictionaries = new HashMap<>();
        private final VectorSchemaRoot root;

        Part(RandomTable table, int part, BufferAllocator memory) {
            messages = new Messages(memory, CodecType.NO_COMPRESSION);
            steps = new PartEncoder(table, part).steps(table.parts().get(part));
            List<Field> fields = new ArrayList<>();
            for (Field field : table.schema().getFields()) {
                fields.add(DictionaryUtility.toMemoryFormat(field, memory, dictionaries));
            }
            dictionaries.values().forEach(provider::put);
            root = VectorSchemaRoot.create(new Schema(fields, table.schema().getCustomMetadata()), memory);
        }

        List<Step> steps() {
            return steps;
        }

        VectorSchemaRoot root() {
            return root;
        }

        MapDictionaryProvider provider() {
            return provider;
        }

        void load(Step step) {
            for (DictionaryRows rows : step.dictionaries()) {
                FieldVector vector = provider.lookup(rows.id()).getVector();
                // Not closed: the vector is the dictionary's.
                VectorSchemaRoot values = new VectorSchemaRoot(List.of(rows.field()), List.of(vector), 0);
                load(values, rows.count(), rows.column());
            }
            load(root, step.rows(), step.columns());
        }

        private void load(VectorSchemaRoot target, int rows, ColumnEncoder columns) {
            try (ArrowRecordBatch batch = messages.recordBatch(rows, columns)) {
                new VectorLoader(target).load(batch);
            }
        }

        @Override
        public void close() {
            root.close();
            dictionaries.values().forEach(dictionary -> dictionary.getVector().close());
        }
    }

    private static final class Producer extends NoOpFlightProducer {

        @Override
        public FlightInfo getFlightInfo(CallContext context, FlightDescriptor descriptor) {
            RandomTable table = table(descriptor);
            List<FlightEndpoint> endpoints = new ArrayList<>();
            for (int part = 0; part < table.parts().size(); part++) {
                String ticket = table.seed() + " " + part;
                endpoints.add(new FlightEndpoint(new Ticket(ticket.getBytes(StandardCharsets.UTF_8))));
            }
            return FlightInfo.builder(table.schema(), descriptor, endpoints)
                    .setOrdered(table.ordered())
                    .setRecords(table.counted() ? table.rowCount() : -1)
                    .build();
        }

        @Override
        public SchemaResult getSchema(CallContext context, FlightDescriptor descriptor) {
            return new SchemaResult(table(descriptor).schema());
        }

        @Override
        public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
            String[] words = new String(ticket.getBytes(), StandardCharsets.UTF_8).split(" ", 2);
            RandomTable table = RandomTable.of(Long.parseLong(words[0]));
            try (BufferAllocator own = new RootAllocator();
                    Part part = new Part(table, Integer.parseInt(words[1]), own)) {
                boolean started = false;
                for (Step step : part.steps()) {
                    part.load(step);
                    if (!started) {
                        listener.start(part.root(), part.provider());
                        started = true;
                    }
                    listener.putNext();
                }
                if (!started) {
                    listener.start(part.root(), part.provider());
                }
                listener.completed();
            }
        }

        private static RandomTable table(FlightDescriptor descriptor) {
            List<String> path = descriptor.getPath();
            if (path == null || path.size() != 1 || !path.get(0).matches("\\d{1,18}")) {
                throw CallStatus.NOT_FOUND
                        .withDescription("no table of path " + path)
                        .toRuntimeException();
            }
            return RandomTable.of(Long.parseLong(path.get(0)));
        }
    }
}
