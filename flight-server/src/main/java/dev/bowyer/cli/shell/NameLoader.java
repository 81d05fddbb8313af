package dev.bowyer.cli.shell;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.error.BowyerException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Reads the names of tables and columns, in the background where nobody waits for them. Thread-safe.
final class NameLoader implements AutoCloseable {
    /// How long closing waits for a server that does not answer.
    static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

    private final BowyerClient client;
    private @Nullable Thread loading;
    private volatile Names names = Names.NONE;

    NameLoader(BowyerClient client) {
        this.client = client;
    }

    /// The names that were read last.
    Names names() {
        return names;
    }

    /// Returns at once; does nothing while names are being read. Where that fails, the names stay as they
    /// are: statements will tell what is wrong with the server.
    synchronized void refresh() {
        if (loading == null || !loading.isAlive()) {
            loading = Thread.ofVirtual().name("names").start(() -> {
                try {
                    load();
                } catch (RuntimeException e) {
                    // the top of a thread; completion does without
                }
            });
        }
    }

    /// Ends what runs in the background, before the client is closed.
    @Override
    public synchronized void close() {
        if (loading != null) {
            loading.interrupt();
            try {
                loading.join(CLOSE_WAIT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Waits for the server.
    ///
    /// @throws BowyerException what the server says
    Names load() {
        Names read = Names.of(client.datasets());
        names = read;
        return read;
    }
}
