package dev.bowyer.client;

import java.util.List;
import java.util.OptionalLong;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A dataset as the server lists it.
 *
 * @param rows empty when the server does not know
 * @param bytes size of the data at the server; empty when the server does not know
 */
public record DatasetInfo(String name, Schema schema, OptionalLong rows, OptionalLong bytes) {

    static DatasetInfo of(FlightInfo info) {
        return new DatasetInfo(
                String.join(".", info.getDescriptor().getPath()),
                info.getSchemaOptional().orElseGet(() -> new Schema(List.of())),
                known(info.getRecords()),
                known(info.getBytes()));
    }

    private static OptionalLong known(long value) {
        return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
