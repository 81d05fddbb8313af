package dev.bowyer.config;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

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

    /// Whether the host is an address, or a name that has one now.
    public boolean resolves() {
        return resolved() != null;
    }

    /// Whether only this machine can connect. A name that does not resolve is not.
    public boolean isLoopback() {
        InetAddress address = resolved();
        return address != null && address.isLoopbackAddress();
    }

    /// What a client on this machine connects to: one address of those that a wildcard stands for.
    public ListenAddress toConnect() {
        return switch (resolved()) {
            case Inet6Address address when address.isAnyLocalAddress() -> new ListenAddress("::1", port);
            case InetAddress address when address.isAnyLocalAddress() -> new ListenAddress("127.0.0.1", port);
            case null, default -> this;
        };
    }

    private @Nullable InetAddress resolved() {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
