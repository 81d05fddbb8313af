package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.lake.FileUrls;
import java.util.regex.Pattern;

/// Paths as Iceberg's metadata has them, and URLs as [dev.bowyer.dataset.ObjectStores] takes them.
///
/// A path in metadata is plain text: a percent sign in it is part of a name. A `file://` URL is decoded by
/// who reads it, so that its percent signs are written as `%25`. Keys of object stores are plain in both.
final class Locations {
    private static final String FILE = "file://";
    private static final Pattern ABSOLUTE = Pattern.compile("[a-z][a-z0-9]*://");
    private static final Pattern ODD = Pattern.compile("[\\\\\\p{Cntrl}]");

    private Locations() {}

    /// The URL of a path in metadata: `/a`, `file:/a` and `file:///a` are the same file, `s3a` and `s3n` are
    /// old names of `s3`.
    static String url(String path) {
        if (path.startsWith("s3a://") || path.startsWith("s3n://")) {
            return "s3" + path.substring("s3a".length());
        }
        if (path.startsWith("gcs://")) {
            return "gs" + path.substring("gcs".length());
        }
        return isLocal(path) ? FILE + FileUrls.encoded(plainPath(path)) : path;
    }

    /// A URL of a user in the form that [#url] gives.
    static String canonical(String url) {
        if (!isLocal(url)) {
            return url(url);
        }
        String path = plainPath(url).replaceAll("/(\\.?/)+", "/");
        return url(url.startsWith("file:") && path.indexOf('%') >= 0 ? FileUrls.decoded(path) : path);
    }

    /// The path that [#url] was given, where that had no scheme.
    static String plain(String url) {
        return isLocal(url) ? FileUrls.decoded(plainPath(url)) : url;
    }

    /// What stands behind a local folder in a URL, as it is written behind `folder`.
    static String recoded(String below, String folder) {
        return isLocal(folder) ? below : FileUrls.decoded(below);
    }

    static boolean isLocal(String url) {
        return url.startsWith("/") || url.startsWith("file:/");
    }

    static String folder(String url) {
        return url.endsWith("/") ? url : url + "/";
    }

    static String withoutSlash(String url) {
        return url.endsWith("/") ? withoutSlash(url.substring(0, url.length() - 1)) : url;
    }

    /// Ends in `/`.
    static String parent(String url) {
        return url.substring(0, withoutSlash(url).lastIndexOf('/') + 1);
    }

    static String name(String url) {
        String bare = withoutSlash(url);
        return bare.substring(bare.lastIndexOf('/') + 1);
    }

    /// Whether every reader takes it for the same place: object stores take `..` for a name and file systems
    /// do not; who parses URLs ignores the case of the scheme and tabs, and takes `\` for `/`.
    static boolean isPlain(String url) {
        boolean climbs = url.contains("/../") || url.endsWith("/..") || url.contains("/./");
        return !climbs
                && ABSOLUTE.matcher(url).lookingAt()
                && !(isLocal(url) && ODD.matcher(url).find());
    }

    private static String plainPath(String local) {
        String path = local.startsWith("file:") ? local.substring("file:".length()) : local;
        return "/" + path.replaceFirst("^/+", "");
    }
}
