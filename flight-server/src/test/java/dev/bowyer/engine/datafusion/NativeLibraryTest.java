package dev.bowyer.engine.datafusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.airlift.compress.v3.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeLibraryTest {
    private static final String PLATFORM = "linux-x86_64";
    private static final byte[] LIBRARY = "not really a library".repeat(1000).getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    private Path packed;
    private Path cache;

    @BeforeEach
    void pack() throws Exception {
        cache = folder.resolve("cache");
        packed = Files.createDirectories(folder.resolve("native/" + PLATFORM));
        try (OutputStream out =
                new ZstdOutputStream(Files.newOutputStream(packed.resolve(NativeLibrary.FILE + ".zst")))) {
            out.write(LIBRARY);
        }
        writeManifest(sha256(LIBRARY));
    }

    @Test
    void theLibraryIsUnpackedOnceUnderItsHash() throws Exception {
        Path file = unpacked();
        assertThat(file).hasBinaryContent(LIBRARY).hasParent(cache.resolve(sha256(LIBRARY)));
        FileTime written = Files.getLastModifiedTime(file);
        assertThat(unpacked()).isEqualTo(file);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(written);
        try (Stream<Path> beside = Files.list(file.resolveSibling(""))) {
            assertThat(beside).containsExactly(file);
        }
    }

    @Test
    void aFileOfAnotherSizeIsReplaced() throws Exception {
        Path file = unpacked();
        Files.writeString(file, "half");
        assertThat(unpacked()).hasBinaryContent(LIBRARY);
    }

    @Test
    void anotherHashThanTheManifestsIsRefused() throws Exception {
        writeManifest("0".repeat(64));
        assertThatThrownBy(this::unpacked).satisfies(has(ErrorCode.UNSUPPORTED)).hasMessageContaining("damaged");
        try (Stream<Path> left = Files.walk(cache)) {
            assertThat(left).noneMatch(Files::isRegularFile);
        }
    }

    @Test
    void aPlatformWithoutALibraryIsUnsupported() {
        assertThatThrownBy(() -> unpacked("plan9-mips"))
                .satisfies(has(ErrorCode.UNSUPPORTED))
                .hasMessageContaining("plan9-mips")
                .satisfies(e -> assertThat(((ServiceException) e).hint()).contains("./bowyer native build"));
    }

    @Test
    void aCacheFolderThatCannotBeWrittenIsNamed() throws Exception {
        Files.writeString(cache, "a file");
        assertThatThrownBy(this::unpacked)
                .satisfies(has(ErrorCode.INVALID_CONFIG))
                .hasMessageContaining(cache.toString());
    }

    @Test
    void platformsAreNamedAsByTheLauncher() {
        assertThat(NativeLibrary.platform("Linux", "amd64")).isEqualTo("linux-x86_64");
        assertThat(NativeLibrary.platform("Linux", "aarch64")).isEqualTo("linux-aarch64");
        assertThat(NativeLibrary.platform("Mac OS X", "aarch64")).isEqualTo("macos-aarch64");
    }

    @Test
    void theCacheFolderFollowsXdg() {
        assertThat(NativeLibrary.cacheFolder(name -> "/caches")).isEqualTo(Path.of("/caches/bowyer/lib"));
        assertThat(NativeLibrary.cacheFolder(name -> null))
                .isEqualTo(Path.of(System.getProperty("user.home"), ".cache/bowyer/lib"));
    }

    @Test
    void aFileThatIsNoLibraryIsUnsupported() throws Exception {
        Path file = unpacked();
        assertThatThrownBy(() -> NativeBorder.load(file))
                .satisfies(has(ErrorCode.UNSUPPORTED))
                .hasMessageContaining(file.toString());
    }

    private Path unpacked() throws IOException {
        return unpacked(PLATFORM);
    }

    private Path unpacked(String platform) throws IOException {
        try (URLClassLoader resources =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, null)) {
            return new NativeLibrary(resources, cache).unpacked(platform);
        }
    }

    private void writeManifest(String sha256) throws IOException {
        Files.writeString(
                packed.resolve("manifest.properties"),
                "library.sha256=" + sha256 + "\nlibrary.bytes=" + LIBRARY.length + "\nprofile=release\n");
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static ThrowingConsumer<Throwable> has(ErrorCode code) {
        return e -> assertThat(((ServiceException) e).code()).isEqualTo(code);
    }
}
