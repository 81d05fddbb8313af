package dev.bowyer.engine;

import org.apache.arrow.vector.types.pojo.Schema;

/// A planned statement. Immutable and thread-safe; owned by whoever asked for it, who must close it.
public interface Plan extends AutoCloseable {
    /// The schema of every message of every run of this plan: the one object that goes into FlightInfo,
    /// GetSchema and DoGet.
    Schema schema();

    /// `$1`, `$2`, ... with their inferred types; without fields when the statement has no parameters.
    Schema parameters();

    /// 16 hex digits that name the versions of the data planned over: equal on every replica that sees the
    /// same files.
    String dataVersion();

    /// Whether every run over the same [#dataVersion] gives the same rows: false where the statement calls a
    /// function that may answer otherwise next time (`now()`, `current_date`, `random()`, `uuid()`), measures
    /// itself (EXPLAIN ANALYZE) or lists what else is there (`information_schema`, SHOW). Their order is only
    /// the same if the statement sorts them.
    boolean isRepeatable();

    /// Into how many parts the result can be split that are computed independently, with each row in exactly
    /// one: at most `wanted`, and 1 when it cannot be split (ordered, limited, aggregated, joined, ...).
    ///
    /// @param wanted at least 1
    int parts(int wanted);

    /// Checks the values of one run against [#parameters] and casts them to these types.
    ///
    /// @param ipcStream an Arrow IPC stream of one row, one column a parameter: by its name, or else by its
    ///     place
    /// @return for [RunOptions#parameters]; small, and of a form that any replica takes
    /// @throws dev.bowyer.error.ServiceException INVALID_ARGUMENT for a wrong count, type or number of rows,
    ///     for a value that does not fit, and for a compressed or damaged stream
    byte[] bind(byte[] ipcStream);

    /// Idempotent. Running streams go on.
    @Override
    void close();
}
