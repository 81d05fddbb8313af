package dev.bowyer.client.frame;

import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;

/**
 * One part of an answer: whoever may read it can do so from another process, with {@code BowyerClient.partition}. Serialisable
 * by Java, or as bytes.
 */
public final class Partition implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    private final byte[] flightInfo;

    private Partition(byte[] flightInfo) {
        this.flightInfo = flightInfo.clone();
    }

    /** @param flightInfo a {@code FlightInfo} message with one endpoint, as ADBC's partitions are */
    public static Partition of(byte[] flightInfo) {
        return new Partition(flightInfo);
    }

    /** For another program; {@link #of} turns it back. */
    public byte[] toBytes() {
        return flightInfo.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Partition that && Arrays.equals(flightInfo, that.flightInfo);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(flightInfo);
    }

    @Override
    public String toString() {
        return "Partition[" + flightInfo.length + " bytes]";
    }
}
