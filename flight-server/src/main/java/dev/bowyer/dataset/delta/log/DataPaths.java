package dev.bowyer.dataset.delta.log;

import dev.bowyer.dataset.lake.FileUrls;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Paths of a log as URLs of objects.
///
/// @param root URL of the table's folder, ending in `/`
public record DataPaths(String root) {
    private static final Pattern ABSOLUTE = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):(/.*)", Pattern.DOTALL);
    private static final Pattern AUTHORITY = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^/]*");
    private static final String LOCAL = "file";

    public DataPaths {
        root = root.endsWith("/") ? root : root + "/";
    }

    /// @param uri percent-encoded: below the root, with a scheme, or from the root of the table's own store
    ///     on
    /// @throws ServiceException SOURCE_INVALID if it climbs with `..`
    public String url(String uri) {
        String path = decode(uri);
        Matcher absolute = ABSOLUTE.matcher(path);
        // The scheme of a URI is never encoded: what only looks like one after decoding is a name.
        if (absolute.matches() && uri.startsWith(absolute.group(1) + ":")) {
            return absolute(absolute.group(1), absolute.group(2), uri);
        }
        if (path.startsWith("/")) {
            Matcher authority = AUTHORITY.matcher(root);
            String store = authority.lookingAt() ? authority.group() : LOCAL + "://";
            return store + escaped(store, plain(path, uri));
        }
        return below(path, uri);
    }

    /// @param path as it is, not encoded
    public String below(String path) {
        return below(path, path);
    }

    private String below(String path, String named) {
        return root + escaped(root, plain(path, named));
    }

    private static String absolute(String scheme, String path, String named) {
        if (!scheme.equals(LOCAL)) {
            String store = scheme.equals("s3a") || scheme.equals("s3n") ? "s3" : scheme;
            return store + ":" + plain(path, named);
        }
        // file:/a and file:///a are the same.
        String local = path.startsWith("//") ? path.substring(path.indexOf('/', 2)) : path;
        return LOCAL + "://" + escaped(LOCAL, plain(local, named));
    }

    private static String plain(String path, String named) {
        for (String segment : path.split("/", -1)) {
            if (segment.equals("..") || segment.equals(".")) {
                throw new ServiceException(
                        ErrorCode.SOURCE_INVALID,
                        "path \"" + named + "\" in the Delta log (expected: one without \".\" and \"..\")");
            }
        }
        return path;
    }

    /// Local URLs are decoded once more by the engine.
    private static String escaped(String url, String path) {
        return url.startsWith(LOCAL) ? FileUrls.encoded(path) : path;
    }

    /// Undoes percent-encoding; a `%` without two hex digits stands for itself.
    public static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream decoded = new ByteArrayOutputStream(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '%' && i + 2 < bytes.length && hex(bytes[i + 1]) >= 0 && hex(bytes[i + 2]) >= 0) {
                decoded.write(hex(bytes[i + 1]) * 16 + hex(bytes[i + 2]));
                i += 2;
            } else {
                decoded.write(bytes[i]);
            }
        }
        return decoded.toString(StandardCharsets.UTF_8);
    }

    private static int hex(byte digit) {
        return Character.digit(digit, 16);
    }
}
