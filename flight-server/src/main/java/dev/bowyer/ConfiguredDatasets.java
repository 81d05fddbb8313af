package dev.bowyer;

import dev.bowyer.config.Config.DatasetEntry;
import dev.bowyer.config.Redaction;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.ParallelOpening;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.List;

/// The datasets of the configuration file, as they get into the catalog at the start.
///
/// @param redaction of the messages, since the engine knows locations with their references resolved
record ConfiguredDatasets(Catalog catalog, Redaction redaction) {
    /// @return what was wrong with the datasets that were left out
    /// @throws ServiceException naming every dataset that cannot be opened, if none may be left out
    List<ServiceException> register(List<DatasetEntry> entries, App.BadDatasets badDatasets) {
        List<ServiceException> failures = ParallelOpening.each(entries, this::register).stream()
                .map(failure -> named(failure.entry(), failure.cause()))
                .toList();
        if (badDatasets == App.BadDatasets.FAIL && !failures.isEmpty()) {
            throw joined(failures, entries.size());
        }
        return failures;
    }

    private void register(DatasetEntry entry) {
        Duration refresh = entry.refresh() == null ? Catalog.REFRESH_ALWAYS : entry.refresh();
        catalog.register(entry.name(), entry.source(), refresh);
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
