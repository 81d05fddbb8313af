package dev.bowyer.http.exchange;

import io.javalin.http.Context;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.NetworkChannel;
import java.util.Locale;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connection of one request: told when its client goes, and broken off when an answer fails in the middle.
public final class ClientConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    private final Connection connection;
    private final EndPoint endPoint;
    private final boolean endsBody;
    private final Runnable whenGone;
    private boolean watching = true;

    /// @param endsBody whether the end of the connection is the end of the body, since nothing else tells it
    private ClientConnection(ConnectionMetaData meta, boolean endsBody, Runnable whenGone) {
        this.connection = meta.getConnection();
        this.endPoint = connection.getEndPoint();
        this.endsBody = endsBody;
        this.whenGone = whenGone;
    }

    /// To be called when the body has been read; closed before the request is over.
    ///
    /// @param whenGone called at most once, on a thread that must not wait
    public static ClientConnection watch(Context context, Runnable whenGone) {
        ConnectionMetaData meta =
                ServletContextRequest.getServletContextRequest(context.req()).getConnectionMetaData();
        boolean endsBody = meta.getHttpVersion() == HttpVersion.HTTP_1_0 || isClosing(context.header("Connection"));
        ClientConnection watched = new ClientConnection(meta, endsBody, whenGone);
        watched.endPoint.tryFillInterested(
                Callback.from(InvocationType.NON_BLOCKING, watched::readable, failure -> watched.gone()));
        return watched;
    }

    /// Jetty sends no chunks to a client that asks it to close the connection.
    private static boolean isClosing(@Nullable String header) {
        return header != null && header.toLowerCase(Locale.ROOT).contains("close");
    }

    /// Ends the connection so that no client takes the body for whole: without the last chunk or, where a body ends
    /// with its connection, by a reset.
    public void breakOff() {
        if (endsBody && endPoint.getTransport() instanceof NetworkChannel channel) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                LOG.debug("no reset of {}", endPoint, e);
            }
        }
        endPoint.close();
    }

    /// Either the client has gone, or it sends its next request already, which the connection has to get.
    private synchronized void readable() {
        if (!watching) {
            return;
        }
        ByteBuffer next = ByteBuffer.allocate(1).limit(0);
        int read;
        try {
            read = endPoint.fill(next);
        } catch (IOException _) {
            read = -1;
        }
        if (read < 0) {
            gone();
            return;
        }
        watching = false;
        if (read > 0 && connection instanceof Connection.UpgradeTo reader) {
            reader.onUpgradeTo(next);
        }
    }

    /// Also when the server closes the connection.
    private synchronized void gone() {
        if (watching) {
            watching = false;
            whenGone.run();
        }
    }

    @Override
    public synchronized void close() {
        if (watching && endPoint instanceof AbstractEndPoint interested) {
            watching = false;
            interested.getFillInterest().onFail(new IOException("the request is over"));
        }
    }
}
