package dev.bowyer.dataset;

import java.util.List;
import java.util.Optional;

/// A catalog whose tables are datasets without being registered one by one: table `t` of its namespace `a.b`
/// is the dataset `mount.a.b.t`. Thread-safe; all methods but [#name] block on the catalog for a bounded
/// time.
///
/// They throw [dev.bowyer.error.ServiceException]: UNAVAILABLE for a catalog that does not answer,
/// PERMISSION_DENIED or UNAUTHENTICATED for one that refuses.
public interface Mount {
    /// The first part of the names; without dots.
    String name();

    /// Every table of the catalog, as `[namespace levels..., table]`.
    ///
    /// @throws dev.bowyer.error.ServiceException LIMIT_REACHED for more than the catalog may list
    List<List<String>> tables();

    /// @param path `[namespace levels..., table]`
    /// @return empty: there is no such table
    Optional<Source.Lake> find(List<String> path);
}
