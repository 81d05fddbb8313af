package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.delta.log.LogAccess;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.delta.kernel.exceptions.InvalidConfigurationValueException;
import io.delta.kernel.exceptions.KernelException;
import io.delta.kernel.exceptions.TableNotFoundException;
import io.delta.kernel.exceptions.UnsupportedProtocolVersionException;
import io.delta.kernel.exceptions.UnsupportedTableFeatureException;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;

/// What the kernel throws, as ours.
final class DeltaFailures {
    private static final int MAX_MESSAGE = 400;
    /// What the kernel wants of the caller if, and only if, a catalog keeps the commits of the table.
    private static final String CATALOG_MANAGED = "maxCatalogVersion";

    private DeltaFailures() {}

    /// Runs `work`, which calls the kernel.
    static <T> T translated(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            throw of(e);
        }
    }

    /// Runs `work`, which writes Arrow.
    static <T> T written(Supplier<T> work) {
        try {
            return work.get();
        } catch (OutOfMemoryException e) {
            throw outOfMemory(e);
        }
    }

    private static ServiceException outOfMemory(Throwable cause) {
        return failure(
                ErrorCode.LIMIT_REACHED,
                "the memory for lists of data files is used up: " + message(cause),
                "ask again when fewer tables are being opened, or compact the table",
                cause);
    }

    private static ServiceException of(RuntimeException thrown) {
        Throwable cause = thrown;
        for (Throwable next = thrown; next != null; next = next.getCause()) {
            if (next instanceof ServiceException ours) {
                return ours;
            }
            if (next instanceof OutOfMemoryException) {
                return outOfMemory(next);
            }
            if (next instanceof KernelException) {
                cause = next;
            }
        }
        return switch (cause) {
            case TableNotFoundException _ ->
                failure(
                        ErrorCode.SOURCE_NOT_FOUND,
                        "there is no Delta table: _delta_log has no commits",
                        "check the location of the table",
                        thrown);
            case UnsupportedTableFeatureException unknown -> unsupported(unknown.getUnsupportedFeatures(), thrown);
            case UnsupportedProtocolVersionException version ->
                failure(
                        ErrorCode.UNSUPPORTED,
                        "the table needs version " + version.getVersion() + " of the Delta reader protocol",
                        null,
                        thrown);
            case InvalidConfigurationValueException invalid -> damaged(invalid);
            case IllegalArgumentException wanted
            when message(wanted).contains(CATALOG_MANAGED) -> unsupported(Set.of("catalogManaged"), thrown);
            default -> damaged(cause);
        };
    }

    static ServiceException unsupported(Set<String> features, @Nullable Throwable cause) {
        Set<String> sorted = new TreeSet<>(features);
        return failure(
                ErrorCode.UNSUPPORTED,
                "the table needs the Delta feature" + (sorted.size() == 1 ? " " : "s ") + String.join(", ", sorted)
                        + ", which " + (sorted.size() == 1 ? "is" : "are") + " not supported",
                null,
                cause);
    }

    private static ServiceException damaged(Throwable cause) {
        return failure(ErrorCode.SOURCE_INVALID, "the Delta log is damaged: " + message(cause), null, cause);
    }

    /// On one line, and without the place where every table lies to the kernel.
    private static String message(Throwable cause) {
        String text = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        String line = text.replace("Invalid table found at " + LogAccess.KERNEL_ROOT + ": ", "")
                .replace(LogAccess.KERNEL_ROOT + ": ", "")
                .replace(LogAccess.KERNEL_ROOT + "/", "")
                .replace('\n', ' ');
        return line.length() > MAX_MESSAGE ? line.substring(0, MAX_MESSAGE) + "..." : line;
    }

    private static ServiceException failure(
            ErrorCode code, String message, @Nullable String hint, @Nullable Throwable cause) {
        return new ServiceException(code, message, hint, cause);
    }
}
