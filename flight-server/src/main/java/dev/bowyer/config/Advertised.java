package dev.bowyer.config;

import java.net.InetAddress;
import java.net.URI;
import java.util.Set;

/// Locations that clients connect to.
final class Advertised {
    private static final Set<String> SCHEMES = Set.of("grpc", "grpc+tcp", "grpc+tls");

    private Advertised() {}

    /// Reads `grpc://HOST:PORT` and the like.
    ///
    /// @throws IllegalArgumentException when it is nothing of that, says more, or stands for all addresses
    static URI parse(String text) {
        URI uri = URI.create(text.strip());
        boolean whole = uri.getScheme() != null && SCHEMES.contains(uri.getScheme()) && uri.getHost() != null;
        if (!whole || uri.getPort() < 1 || uri.getPort() > 65_535) {
            throw new IllegalArgumentException(text);
        }
        if (!uri.equals(URI.create(uri.getScheme() + "://" + uri.getHost() + ":" + uri.getPort()))) {
            throw new IllegalArgumentException(text);
        }
        if (isWildcard(uri.getHost())) {
            throw new IllegalArgumentException(text);
        }
        return uri;
    }

    private static boolean isWildcard(String host) {
        try {
            return InetAddress.ofLiteral(host).isAnyLocalAddress();
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
