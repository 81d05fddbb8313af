package dev.bowyer.client.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Whether a server that gave a plain client no answer speaks TLS: for a better error, and asked only then. */
final class TlsProbe {
    private static final int TIMEOUT_MILLIS = 1000;
    /** What the JDK says of an answer that is no TLS. */
    private static final String NOT_TLS = "Unsupported or unrecognized SSL message";

    private TlsProbe() {}

    static boolean speaksTls(ServerUri uri) {
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(uri.host(), uri.port()), TIMEOUT_MILLIS);
            plain.setSoTimeout(TIMEOUT_MILLIS);
            SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
            try (SSLSocket tls = (SSLSocket) factory.createSocket(plain, uri.host(), uri.port(), true)) {
                tls.startHandshake();
                return true;
            }
        } catch (SSLException e) {
            // A certificate that is not trusted is one all the same.
            String message = String.valueOf(e.getMessage());
            return !message.contains(NOT_TLS) && !message.contains("terminated the handshake");
        } catch (IOException e) {
            return false;
        }
    }
}
