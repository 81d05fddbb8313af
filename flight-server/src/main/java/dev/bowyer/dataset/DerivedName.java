package dev.bowyer.dataset;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A name that stands for something about another dataset: `orders@2026-01-31` for a version of `orders`,
/// `orders$files` for rows about it, `orders@main$files` for both.
///
/// @param asOf null: the newest version
/// @param metadata null: the data itself
record DerivedName(
        DatasetName base, @Nullable AsOf asOf, @Nullable String metadata) {
    private static final Pattern FORM = Pattern.compile("(?<base>.+?)(?:@(?<asOf>[^@$]+))?(?:\\$(?<kind>[a-z_]+))?");

    /// @return null for a plain name
    /// @throws dev.bowyer.error.ServiceException as [AsOf#parse]
    static @Nullable DerivedName of(DatasetName name) {
        Matcher matcher = FORM.matcher(name.table());
        if (!matcher.matches()) {
            return null;
        }
        String asOf = matcher.group("asOf");
        String kind = matcher.group("kind");
        if (asOf == null && kind == null) {
            return null;
        }
        DatasetName base = new DatasetName(name.namespace(), matcher.group("base"));
        return new DerivedName(base, asOf == null ? null : AsOf.parse(asOf), kind);
    }
}
