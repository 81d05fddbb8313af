package dev.bowyer.client;

import com.google.protobuf.ByteString;
import dev.bowyer.client.wire.CallScope;
import dev.bowyer.client.wire.Connection;
import dev.bowyer.client.wire.FlightCalls;
import java.util.List;
import java.util.OptionalLong;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.vector.types.pojo.Schema;

/** What a server has, as records. */
final class Listings {
    private Listings() {}

    static List<DatasetInfo> datasets(Connection connection) {
        return connection.calls().flights(CallScope.NONE).stream()
                .map(info -> dataset(connection, info))
                .toList();
    }

    static DatasetInfo dataset(Connection connection, List<String> path) {
        Flight.FlightDescriptor descriptor = Flight.FlightDescriptor.newBuilder()
                .setType(Flight.FlightDescriptor.DescriptorType.PATH)
                .addAllPath(path)
                .build();
        return dataset(connection, connection.calls().flightInfo(descriptor, CallScope.NONE, FlightCalls.Repeat.SAFE));
    }

    static List<byte[]> action(Connection connection, String type, byte[] body) {
        return connection
                .calls()
                .action(type, ByteString.copyFrom(body), CallScope.NONE, FlightCalls.Repeat.UNSENT)
                .stream()
                .map(result -> result.getBody().toByteArray())
                .toList();
    }

    private static DatasetInfo dataset(Connection connection, Flight.FlightInfo info) {
        Schema schema = connection.announcedSchema(info);
        return new DatasetInfo(
                String.join(".", info.getFlightDescriptor().getPathList()),
                schema == null ? new Schema(List.of()) : schema,
                known(info.getTotalRecords()),
                known(info.getTotalBytes()));
    }

    private static OptionalLong known(long value) {
        return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
