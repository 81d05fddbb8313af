package dev.bowyer.dataset.iceberg;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.sql.SQLException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchWarehouseException;
import org.apache.iceberg.exceptions.NotAuthorizedException;
import org.apache.iceberg.exceptions.RESTException;
import org.apache.iceberg.exceptions.ServiceFailureException;
import org.apache.iceberg.exceptions.ServiceUnavailableException;
import org.jspecify.annotations.Nullable;

/// What a catalog's failure means. Messages of services and drivers are left out, of the log too: they quote
/// addresses and sometimes secrets. A refusal of the server is not one of the client, who is well known.
final class CatalogFailures {
    private static final int MAX_CAUSES = 16;

    private CatalogFailures() {}

    static ServiceException of(String catalog, Throwable failure) {
        return Failures.ours(failure).orElseGet(() -> {
            SQLException sql = sql(failure);
            return sql == null ? service(catalog, failure) : database(catalog, sql);
        });
    }

    private static ServiceException service(String catalog, Throwable failure) {
        return switch (failure) {
            case NoSuchTableException e ->
                failed(ErrorCode.SOURCE_NOT_FOUND, catalog, "does not have this table", null, e);
            case NoSuchWarehouseException e ->
                failed(ErrorCode.SOURCE_NOT_FOUND, catalog, "does not have this warehouse", "check warehouse", e);
            case NoSuchNamespaceException e ->
                failed(ErrorCode.SOURCE_NOT_FOUND, catalog, "does not have this namespace", null, e);
            case NotAuthorizedException e ->
                failed(
                        ErrorCode.UNAVAILABLE,
                        catalog,
                        "refuses the server's credentials: wrong, or expired",
                        "check credential, token, scope and oauth2-server-uri of the catalog",
                        e);
            case ForbiddenException e ->
                failed(ErrorCode.PERMISSION_DENIED, catalog, "does not let the server do this", null, e);
            case BadRequestException e ->
                failed(
                        ErrorCode.UNAVAILABLE,
                        catalog,
                        "refuses the request as malformed",
                        "check warehouse, credential and scope of the catalog",
                        e);
            case ServiceUnavailableException e -> down(catalog, e);
            case ServiceFailureException e -> down(catalog, e);
            case RESTException e -> down(catalog, e);
            case UnsupportedOperationException e ->
                failed(ErrorCode.UNSUPPORTED, catalog, "does not support this", null, e);
            default ->
                failed(
                        ErrorCode.UNAVAILABLE,
                        catalog,
                        "failed (" + failure.getClass().getSimpleName() + ")",
                        null,
                        failure);
        };
    }

    private static ServiceException down(String catalog, Throwable failure) {
        return failed(ErrorCode.UNAVAILABLE, catalog, "does not answer, or not as an Iceberg catalog", null, failure);
    }

    /// By the classes of the SQL standard; SQLite has none and says what is wrong in words alone.
    private static ServiceException database(String catalog, SQLException failure) {
        String state = failure.getSQLState() == null ? "" : failure.getSQLState();
        String message = String.valueOf(failure.getMessage());
        if (state.startsWith("28")) {
            return failed(
                    ErrorCode.UNAVAILABLE,
                    catalog,
                    "refuses the server's credentials",
                    "check jdbc.user and jdbc.password of the catalog",
                    failure);
        }
        if (state.equals("42501")) {
            return failed(ErrorCode.PERMISSION_DENIED, catalog, "does not let the server read it", null, failure);
        }
        if (state.equals("42P01") || message.contains("no such table") || message.contains("not a database")) {
            return failed(
                    ErrorCode.SOURCE_INVALID,
                    catalog,
                    "is a database without an Iceberg catalog (no table iceberg_tables)",
                    null,
                    failure);
        }
        return failed(ErrorCode.UNAVAILABLE, catalog, "cannot be reached", null, failure);
    }

    private static @Nullable SQLException sql(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (cause instanceof SQLException sql) {
                return sql;
            }
            cause = cause.getCause();
        }
        return null;
    }

    private static String told(Throwable cause) {
        String name = cause.getClass().getName();
        return switch (cause) {
            case SQLException e -> name + ", SQLState " + e.getSQLState() + ", code " + e.getErrorCode();
            case BadRequestException _ -> name + ", HTTP 400";
            case NotAuthorizedException _ -> name + ", HTTP 401";
            case ForbiddenException _ -> name + ", HTTP 403";
            case ServiceUnavailableException _ -> name + ", HTTP 503";
            case ServiceFailureException _ -> name + ", HTTP 5xx";
            default -> name;
        };
    }

    private static ServiceException failed(
            ErrorCode code, String catalog, String what, @Nullable String hint, Throwable cause) {
        if (code != ErrorCode.SOURCE_NOT_FOUND) {
            System.getLogger(CatalogFailures.class.getName())
                    .log(System.Logger.Level.WARNING, "catalog \"{0}\" failed: {1}", catalog, told(cause));
        }
        return new ServiceException(code, "catalog \"" + catalog + "\" " + what, hint, cause);
    }
}
