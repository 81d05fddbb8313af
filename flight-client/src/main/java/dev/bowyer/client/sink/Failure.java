package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.function.Supplier;
import org.apache.arrow.c.Data;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/** The errors that all sinks share. */
final class Failure {
    private Failure() {}

    /** @param target what failed, as people call it */
    static BowyerException of(String target, Throwable cause, @Nullable String hint) {
        return new BowyerException(
                ErrorCodes.SINK_FAILED, "writing " + target + " failed: " + reason(cause), hint, cause);
    }

    static BowyerException mismatch(String column, Object type, String target, String hint) {
        return BowyerException.of(
                ErrorCodes.TYPE_MISMATCH, "column " + column + ": " + target + " has no form for " + type, hint);
    }

    /**
     * Fails when the type, of an optional dependency, cannot be had. To be called before anything else names the
     * library.
     */
    static void require(Supplier<Class<?>> type, String library, String coordinates) {
        try {
            Class<?> unused = type.get();
        } catch (LinkageError e) {
            throw new BowyerException(
                    ErrorCodes.SINK_FAILED,
                    library + " is not on the class path",
                    "add " + coordinates + " to the dependencies",
                    e);
        }
    }

    /** See {@link #require}. */
    static void requireDuckDb() {
        require(() -> DuckDBConnection.class, "DuckDB", "org.duckdb:duckdb_jdbc");
        require(() -> Data.class, "Arrow's C data interface", "org.apache.arrow:arrow-c-data");
    }

    private static String reason(Throwable cause) {
        String message = cause.getMessage();
        if (cause instanceof NoSuchFileException) {
            return "no such file or folder: " + message;
        }
        if (cause instanceof AccessDeniedException) {
            return "access denied: " + message;
        }
        boolean bare = cause instanceof FileSystemException e && e.getReason() == null;
        return message == null || bare ? cause.getClass().getSimpleName() + ": " + message : message;
    }
}
