package dev.bowyer.client.wire;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Partition;
import dev.bowyer.proto.v1.ReadDataset;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/** What is asked of a server. */
public sealed interface Question {

    /**
     * A statement of SQL.
     *
     * @param positional values for its parameters by position; empty when {@code named} has some
     * @param named values by name, without {@code $}
     */
    record Sql(String text, List<@Nullable Object> positional, Map<String, @Nullable Object> named)
            implements Question {
        boolean hasValues() {
            return !positional.isEmpty() || !named.isEmpty();
        }
    }

    /** All rows of what a path names; every Flight server with datasets knows this. */
    record Path(List<String> elements) implements Question {}

    /**
     * Rows of a dataset, as Bowyer servers read them without SQL.
     *
     * @param columns empty: all
     */
    record Read(
            List<String> dataset,
            List<String> columns,
            @Nullable String filter,
            @Nullable Long limit,
            @Nullable String snapshot)
            implements Question {
        Flight.FlightDescriptor descriptor() {
            ReadDataset.Builder command =
                    ReadDataset.newBuilder().addAllDataset(dataset).addAllColumns(columns);
            if (filter != null) {
                command.setFilter(filter);
            }
            if (limit != null) {
                command.setLimit(limit);
            }
            if (snapshot != null) {
                command.setSnapshot(snapshot);
            }
            return Flight.FlightDescriptor.newBuilder()
                    .setType(Flight.FlightDescriptor.DescriptorType.CMD)
                    .setCmd(Any.pack(command.build()).toByteString())
                    .build();
        }
    }

    /** A part of an answer that somebody asked for before. */
    record Announced(ByteString flightInfo) implements Question {
        /** @throws BowyerException INVALID_ARGUMENT when the bytes are those of no partition */
        public static Announced of(Partition partition) {
            Announced announced = new Announced(ByteString.copyFrom(partition.toBytes()));
            if (announced.info().getEndpointCount() == 0) {
                throw invalid(null);
            }
            return announced;
        }

        Flight.FlightInfo info() {
            try {
                return Flight.FlightInfo.parseFrom(flightInfo);
            } catch (InvalidProtocolBufferException e) {
                throw invalid(e);
            }
        }

        private static BowyerException invalid(@Nullable Throwable cause) {
            return new BowyerException(
                    ErrorCodes.INVALID_ARGUMENT,
                    "these bytes are no partition",
                    "take them from Partition.toBytes",
                    cause);
        }
    }
}
