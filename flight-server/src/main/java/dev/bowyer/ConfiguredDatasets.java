package dev.bowyer;

import dev.bowyer.config.Config.DatasetEntry;
import dev.bowyer.config.Redaction;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Registers the configured datasets, several at a time, since most of it is waiting for storage.
///
/// @param redaction of the messages, since the engine knows locations with their references resolved
record Registration(Catalog catalog, Redaction redaction) {
    /// Most datasets that are opened at the same time.
    private static final int MAX_PARALLEL = 8;

    /// @return what was wrong with the datasets that were left out
    /// @throws ServiceException naming every dataset that cannot be opened, if none may be left out
    List<ServiceException> register(List<DatasetEntry> entries, App.BadDatasets badDatasets) {
        if (entries.isEmpty()) {
            return List.of();
        }
        List<ServiceException> failures = failuresOf(entries);
        if (badDatasets == App.BadDatasets.FAIL && !failures.isEmpty()) {
            throw joined(failures, entries.size());
        }
        return failures;
    }

    private List<ServiceException> failuresOf(List<DatasetEntry> entries) {
        List<ServiceException> failures = new ArrayList<>();
        // Platform threads: opening a table blocks in native code.
        try (ExecutorService openers = Executors.newFixedThreadPool(Math.min(MAX_PARALLEL, entries.size()))) {
            Map<DatasetEntry, Future<?>> running = new LinkedHashMap<>();
            for (DatasetEntry entry : entries) {
                running.put(entry, openers.submit(() -> register(entry)));
            }
            running.forEach((entry, opening) -> {
                try {
                    opening.get();
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof ServiceException cause)) {
                        throw new IllegalStateException(e.getCause());
                    }
                    failures.add(named(entry, cause));
                } catch (InterruptedException e) {
                    openers.shutdownNow();
                    Thread.currentThread().interrupt();
                    throw (CancellationException) new CancellationException("interrupted at start").initCause(e);
                }
            });
        }
        return failures;
    }

    private Dataset register(DatasetEntry entry) {
        Duration refresh = entry.refresh() == null ? Catalog.REFRESH_ALWAYS : entry.refresh();
        return catalog.register(entry.name(), entry.source(), refresh);
    }

    private ServiceException named(DatasetEntry entry, ServiceException cause) {
        String problem = entry.source().location() + "): " + cause.getMessage();
        return new ServiceException(
                cause.code(),
                "dataset \"" + entry.name() + "\" (" + redaction.apply(problem),
                cause.hint() == null ? null : redaction.apply(cause.hint()),
                cause);
    }

    private static ServiceException joined(List<ServiceException> failures, int all) {
        ServiceException first = failures.getFirst();
        String hint = first.hint() == null ? "--skip-bad starts without it" : first.hint();
        if (failures.size() == 1) {
            return new ServiceException(first.code(), String.valueOf(first.getMessage()), hint, first);
        }
        StringBuilder message = new StringBuilder(failures.size() + " of " + all + " datasets cannot be opened");
        failures.forEach(failure -> message.append("\n  ").append(failure.describe()));
        return new ServiceException(first.code(), message.toString(), "--skip-bad starts without them", first);
    }
}
