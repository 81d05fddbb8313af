package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.iceberg.exceptions.NotAuthorizedException;
import org.jspecify.annotations.Nullable;

/// One configured catalog: connected to when it is first used, again after it has failed, and never waited
/// for longer than its timeout. Thread-safe.
final class CatalogConnection implements AutoCloseable {
    /// Calls of one catalog at a time.
    private static final int CALLS = 8;
    /// Calls that wait for one of these to end.
    private static final int WAITING_CALLS = 256;

    private static final int IDLE_SECONDS = 60;

    private final CatalogSettings settings;
    private final ObjectStores stores;
    private final Leases leases;
    private final ThreadPoolExecutor threads;
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile @Nullable CatalogClient client;

    CatalogConnection(CatalogSettings settings, ObjectStores stores, LentStores lent) {
        this.settings = settings;
        this.stores = stores;
        this.leases = new Leases(lent);
        threads = new ThreadPoolExecutor(
                CALLS,
                CALLS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING_CALLS),
                Thread.ofPlatform()
                        .daemon()
                        .name("catalog-" + settings.name() + "-", 0)
                        .factory());
        threads.allowCoreThreadTimeOut(true);
    }

    CatalogSettings settings() {
        return settings;
    }

    /// @throws ServiceException UNAVAILABLE if it takes longer than the timeout; see [CatalogFailures]
    <T> T call(Function<CatalogClient, T> work) {
        Future<T> call;
        try {
            call = threads.submit(() -> run(work));
        } catch (RejectedExecutionException e) {
            throw unavailable("is stopped, or has " + WAITING_CALLS + " calls waiting", e);
        }
        try {
            return call.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            call.cancel(true);
            throw unavailable("did not answer within " + settings.timeout().toMillis() + " ms", e);
        } catch (InterruptedException e) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            throw new ServiceException(ErrorCode.CANCELLED, "interrupted in a call of " + shown(), null, e);
        } catch (ExecutionException | CancellationException e) {
            throw CatalogFailures.of(settings.name(), e.getCause() == null ? e : e.getCause());
        }
    }

    /// A refused token may be an old one: whoever has a credential gets a new one by connecting again.
    private <T> T run(Function<CatalogClient, T> work) throws InterruptedException {
        CatalogClient connected = connected();
        try {
            return work.apply(connected);
        } catch (NotAuthorizedException e) {
            if (!settings.properties().containsKey("credential")) {
                throw e;
            }
            return work.apply(connectedAnew(connected));
        }
    }

    private CatalogClient connected() throws InterruptedException {
        CatalogClient known = client;
        if (known != null) {
            return known;
        }
        connecting.lockInterruptibly();
        try {
            known = client;
            if (known == null) {
                known = connect();
                client = known;
            }
            return known;
        } finally {
            connecting.unlock();
        }
    }

    private CatalogClient connectedAnew(CatalogClient refused) throws InterruptedException {
        connecting.lockInterruptibly();
        try {
            CatalogClient known = client;
            if (known == null || known == refused) {
                known = connect();
                client = known;
                close(refused);
            }
            return known;
        } finally {
            connecting.unlock();
        }
    }

    private CatalogClient connect() {
        return switch (settings.type()) {
            case REST -> new RestCatalogClient(settings, stores, leases);
            case JDBC -> new JdbcCatalogClient(settings, stores);
        };
    }

    /// Keeps what was lent readable; what fails is asked for again by the next query, or the next time.
    void renew(Instant now) {
        if (client instanceof RestCatalogClient) {
            call(connected -> {
                if (connected instanceof RestCatalogClient rest) {
                    rest.renew(now);
                }
                return now;
            });
        }
    }

    private ServiceException unavailable(String what, Exception cause) {
        return new ServiceException(ErrorCode.UNAVAILABLE, shown() + " " + what, null, cause);
    }

    private String shown() {
        return "catalog \"" + settings.name() + "\"";
    }

    @Override
    public void close() {
        threads.shutdownNow();
        CatalogClient known = client;
        if (known != null) {
            close(known);
        }
        leases.close();
    }

    private static void close(CatalogClient client) {
        try {
            client.close();
        } catch (IOException e) {
            // It is not used any more, whatever it leaves open.
            System.getLogger(CatalogConnection.class.getName()).log(System.Logger.Level.DEBUG, "close", e);
        }
    }
}
