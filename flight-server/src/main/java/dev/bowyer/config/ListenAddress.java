package dev.bowyer.config;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// An address to listen on.
///
/// @param port 0 picks a free one
public record ListenAddress(String host, int port) {

    /// Reads `HOST:PORT` or `[IPV6]:PORT`.
    ///
    /// @throws IllegalArgumentException when it is neither
    public static ListenAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException(text);
        }
        String port = text.substring(colon + 1);
        if (host.isBlank() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65_535) {
            throw new IllegalArgumentException(text);
        }
        return new ListenAddress(host, Integer.parseInt(port));
    }

    /// Whether only this machine can connect. A name that does not resolve is not.
    public boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
