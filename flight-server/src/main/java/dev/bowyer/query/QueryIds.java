package dev.bowyer.query;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/// Query ids: 16 random hex digits that stand in logs, messages and FlightInfos. An id is no secret and grants
/// nothing.
final class QueryIds {
    private QueryIds() {}

    static String fresh() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}
