package dev.bowyer.dataset.lake;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/// Local paths in `file://` URLs, which the engine decodes once. Only percent signs are encoded; keys of
/// object stores are plain in their URLs.
public final class FileUrls {
    private FileUrls() {}

    /// As a path, or a part of one, stands in a URL.
    public static String encoded(String path) {
        return path.replace("%", "%25");
    }

    /// Also of a URL that a person wrote: a percent sign that begins no code stands for itself.
    public static String decoded(String path) {
        try {
            return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return path;
        }
    }
}
