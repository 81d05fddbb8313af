package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server listens.
 *
 * @param host of {@link Kind#PLAIN} and {@link Kind#TLS}; brackets around IPv6 addresses are left out
 * @param path of the socket of {@link Kind#UNIX}; else empty
 */
public record ServerUri(Kind kind, String host, int port, String path) {
    /** Longest URI, in characters. */
    static final int MAX_LENGTH = 4096;

    private static final int MAX_PORT = 65_535;
    private static final String EXPECTED = "expected: grpc://HOST:PORT, grpc+tls://HOST:PORT or grpc+unix:///PATH";
    private static final Pattern HOST_AND_PORT = Pattern.compile(
            "(grpc|grpc\\+tcp|grpc\\+tls|grpcs)://([A-Za-z0-9._~-]+|\\[[0-9A-Fa-f:.%]+]):([0-9]{1,5})/?");
    private static final Pattern SOCKET = Pattern.compile("grpc\\+unix:(?://)?(/[^/?#][^?#]*)");

    /** How to speak to it. */
    public enum Kind {
        PLAIN,
        TLS,
        UNIX
    }

    /** @throws BowyerException INVALID_ARGUMENT when {@code text} has another form */
    public static ServerUri parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw invalid(text.substring(0, 40) + "... (" + text.length() + " characters)", EXPECTED);
        }
        Matcher socket = SOCKET.matcher(text);
        if (socket.matches()) {
            return new ServerUri(Kind.UNIX, "localhost", 0, socket.group(1));
        }
        Matcher matcher = HOST_AND_PORT.matcher(text);
        if (!matcher.matches()) {
            throw invalid(text, hint(text));
        }
        int port = Integer.parseInt(matcher.group(3));
        if (port < 1 || port > MAX_PORT) {
            throw invalid(text, "port " + port + " is not one of 1 to " + MAX_PORT);
        }
        String host = matcher.group(2);
        boolean literal = host.startsWith("[");
        Kind kind = matcher.group(1).equals("grpc+tls") || matcher.group(1).equals("grpcs") ? Kind.TLS : Kind.PLAIN;
        return new ServerUri(kind, literal ? host.substring(1, host.length() - 1) : host, port, "");
    }

    private static String hint(String text) {
        if (text.startsWith("http://") || text.startsWith("https://")) {
            return EXPECTED + "; this one is of HTTP";
        }
        if (text.startsWith("jdbc:")) {
            return EXPECTED + "; this one is for the JDBC driver";
        }
        if (text.contains("@")) {
            return EXPECTED + "; user and password are options of connect";
        }
        return EXPECTED;
    }

    private static BowyerException invalid(String text, String hint) {
        return BowyerException.of(ErrorCodes.INVALID_ARGUMENT, "uri: " + text + " (" + hint + ")", null);
    }

    @Override
    public String toString() {
        return switch (kind) {
            case PLAIN -> "grpc://" + authority();
            case TLS -> "grpc+tls://" + authority();
            case UNIX -> "grpc+unix://" + path;
        };
    }

    /** Whether it is on this machine. */
    boolean isLoopback() {
        return host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
    }

    /** Host and port, as a URI has them. */
    String authority() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
