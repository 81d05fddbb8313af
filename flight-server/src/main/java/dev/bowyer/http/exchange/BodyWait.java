package dev.bowyer.http.exchange;

import io.javalin.http.Context;
import java.time.Duration;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;

/// While it is open, a client that sends nothing is waited for no longer than a body may take, where the connection
/// itself would wait for longer.
final class BodyWait implements AutoCloseable {
    private final EndPoint connection;
    private final long before;

    private BodyWait(EndPoint connection) {
        this.connection = connection;
        this.before = connection.getIdleTimeout();
    }

    static BodyWait of(Context context, Duration bound) {
        EndPoint connection = ServletContextRequest.getServletContextRequest(context.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint();
        BodyWait wait = new BodyWait(connection);
        connection.setIdleTimeout(Math.min(wait.before, bound.toMillis()));
        return wait;
    }

    @Override
    public void close() {
        connection.setIdleTimeout(before);
    }
}
