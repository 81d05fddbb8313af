package dev.bowyer.client.random;

import java.util.HexFormat;

/** Bytes as a value. */
record Octets(String hex) {
    static Octets of(byte[] bytes) {
        return new Octets(HexFormat.of().formatHex(bytes));
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }
}
