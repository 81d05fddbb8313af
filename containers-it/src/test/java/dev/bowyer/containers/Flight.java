package dev.bowyer.containers;

import java.nio.charset.StandardCharsets;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;

/// A connection of Arrow's own client. Closing it fails if a buffer was kept.
record Flight(BufferAllocator memory, FlightClient client) implements AutoCloseable {
    static Flight connect(String host, int port) {
        BufferAllocator memory = new RootAllocator();
        return new Flight(
                memory,
                FlightClient.builder(memory, Location.forGrpcInsecure(host, port))
                        .build());
    }

    /// The one ticket of a statement.
    Ticket announce(String sql) {
        FlightDescriptor command = FlightDescriptor.command(sql.getBytes(StandardCharsets.UTF_8));
        return client.getInfo(command).getEndpoints().getFirst().getTicket();
    }

    Rows open(Ticket ticket) {
        return new Rows(client.getStream(ticket));
    }

    /// What a statement answers whose answer is one whole number.
    long number(Ticket ticket) {
        try (Rows rows = open(ticket)) {
            rows.stream.next();
            long value = ((BigIntVector) rows.stream.getRoot().getVector(0)).get(0);
            rows.countRest();
            return value;
        }
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        memory.close();
    }

    /// A stream that is being read.
    record Rows(FlightStream stream) implements AutoCloseable {
        /// Rows of the next batch.
        long next() {
            return stream.next() ? stream.getRoot().getRowCount() : 0;
        }

        /// Rows up to the end of the stream.
        long countRest() {
            long rows = 0;
            while (stream.next()) {
                rows += stream.getRoot().getRowCount();
            }
            return rows;
        }

        @Override
        public void close() {
            try {
                stream.close();
            } catch (Exception e) {
                throw new IllegalStateException("the stream cannot be closed", e);
            }
        }
    }
}
