package dev.bowyer.engine.datafusion;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.airlift.compress.v3.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Properties;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Finds `libbowyer`: the file that the system property [#PROPERTY] names, else the one packed into the class path
/// as `/native/<os>-<arch>/<file>.zst`, unpacked into the user's cache folder under its SHA-256.
///
/// What is unpacked is checked against the manifest before it gets its name, which happens in one step; so a file
/// of that name is whole, and later starts only look at its size. Processes that unpack at the same time replace
/// each other's identical file.
final class NativeLibrary {
    /// A path; empty counts as not set.
    static final String PROPERTY = "bowyer.native.library";

    static final String BUILD_IT =
            "build it with ./bowyer native build, or name a library with -D" + PROPERTY + "=<path>";

    /// `libbowyer.so` on Linux, `libbowyer.dylib` on macOS.
    static final String FILE = System.mapLibraryName("bowyer");

    private static final String SHA256 = "library.sha256";
    private static final String BYTES = "library.bytes";

    private final ClassLoader resources;
    private final Path cacheFolder;

    NativeLibrary(ClassLoader resources, Path cacheFolder) {
        this.resources = resources;
        this.cacheFolder = cacheFolder;
    }

    /// @throws ServiceException UNSUPPORTED if there is none for this machine, INVALID_CONFIG if it cannot be
    ///     unpacked
    static Path find() {
        String named = System.getProperty(PROPERTY, "");
        if (!named.isEmpty()) {
            return Path.of(named).toAbsolutePath();
        }
        return new NativeLibrary(NativeLibrary.class.getClassLoader(), cacheFolder(System::getenv))
                .unpacked(platform(System.getProperty("os.name"), System.getProperty("os.arch")));
    }

    /// `linux-x86_64`, as the launcher names the folders of `native/prebuilt`.
    static String platform(String os, String architecture) {
        String machine = switch (architecture) {
            case "amd64", "x86-64" -> "x86_64";
            case "arm64" -> "aarch64";
            default -> architecture;
        };
        String system =
                os.startsWith("Mac") ? "macos" : os.toLowerCase(Locale.ROOT).split(" ", 2)[0];
        return system + "-" + machine;
    }

    static Path cacheFolder(UnaryOperator<@Nullable String> environment) {
        String cache = environment.apply("XDG_CACHE_HOME");
        return cache == null || cache.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache", "bowyer", "lib")
                : Path.of(cache, "bowyer", "lib");
    }

    /// The library for a platform, unpacked if it is not yet.
    Path unpacked(String platform) {
        String packed = "native/" + platform + "/";
        try (InputStream manifest = resources.getResourceAsStream(packed + "manifest.properties");
                InputStream library = resources.getResourceAsStream(packed + FILE + ".zst")) {
            if (manifest == null || library == null) {
                throw new ServiceException(
                        ErrorCode.UNSUPPORTED, "no engine library for " + platform + " in this build", BUILD_IT);
            }
            Properties expected = new Properties();
            expected.load(manifest);
            Path file = cacheFolder.resolve(require(expected, SHA256)).resolve(FILE);
            if (!Files.isRegularFile(file) || Files.size(file) != Long.parseLong(require(expected, BYTES))) {
                unpack(library, expected, file);
            }
            return file;
        } catch (IOException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_CONFIG,
                    "the engine library cannot be unpacked into " + cacheFolder + ": " + e,
                    "make the folder writable, or set XDG_CACHE_HOME to one that is",
                    e);
        }
    }

    private static void unpack(InputStream library, Properties expected, Path file) throws IOException {
        Path folder = Files.createDirectories(file.resolveSibling(""));
        Path unfinished = Files.createTempFile(folder, FILE, ".unfinished");
        try {
            MessageDigest sha256 = sha256();
            try (InputStream bytes = new DigestInputStream(new ZstdInputStream(library), sha256)) {
                Files.copy(bytes, unfinished, StandardCopyOption.REPLACE_EXISTING);
            }
            String found = HexFormat.of().formatHex(sha256.digest());
            if (!found.equals(require(expected, SHA256))) {
                throw new ServiceException(
                        ErrorCode.UNSUPPORTED,
                        "the packed engine library is damaged: SHA-256 " + found + " (expected: "
                                + require(expected, SHA256) + ")",
                        BUILD_IT);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static String require(Properties manifest, String key) {
        String value = manifest.getProperty(key);
        if (value == null) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED, "the manifest of the packed engine library has no " + key, BUILD_IT);
        }
        return value;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
