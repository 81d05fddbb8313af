import io.airlift.compress.v3.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Lays the server out for an image of one platform: jars without the native libraries of other platforms, and this
/// platform's libraries as files, so that nothing has to be unpacked into a folder that may be read-only or `noexec`. What
/// only debuggers read is left out of the classes.
///
/// usage: java -cp 'TARGET/lib/*' Layout.java TARGET FOLDER, where TARGET is flight-server/target
final class Layout {
    private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|dylib|jnilib|a)");

    /// Jars that are nothing but the library of one platform.
    private static final Pattern ONE_PLATFORM = Pattern.compile(".*-(linux|osx|windows)-(x86_64|aarch_64)\\.jar");

    /// Libraries that are found in the folder `native`, by what jvm options say; others stay in their jars.
    private static final Pattern MOVED = Pattern.compile(".*/lib(netty_.*|zstd-jni.*|sqlitejdbc)\\.so");

    /// What no server of this version calls: TLS of OpenSSL, in whose place the JDK's stands, and metrics in the binary
    /// format of Prometheus.
    private static final Pattern UNUSED = Pattern.compile(".*/libnetty_tcnative.*\\.so");

    /// The plain format is in a jar of its own.
    private static final Pattern UNUSED_JAR = Pattern.compile("prometheus-metrics-exposition-formats-.*\\.jar");

    private static final String ENGINE = "native/linux-%s/libbowyer.so.zst";

    private final Path jars;
    private final Path natives;
    private final String engine;
    private final Pattern here;

    private Layout(Path folder, boolean arm) throws IOException {
        jars = Files.createDirectories(folder.resolve("lib"));
        natives = Files.createDirectories(folder.resolve("native"));
        engine = String.format(Locale.ROOT, ENGINE, arm ? "aarch64" : "x86_64");
        String machine = arm ? "(aarch64|aarch_64|arm64)" : "(x86_64|amd64|x86-64)";
        here = Pattern.compile(
                "(?i)(.*/)?linux[/_-]" + machine + "/.*|META-INF/native/libnetty_.*_" + machine + "\\.so");
    }

    public static void main(String[] args) throws IOException {
        Path target = Path.of(args[0]);
        Path folder = Path.of(args[1]);
        Layout layout = new Layout(folder, System.getProperty("os.arch").equals("aarch64"));
        for (Path jar : list(target.resolve("lib"))) {
            if (!UNUSED_JAR.matcher(jar.getFileName().toString()).matches()) {
                layout.copy(jar, layout.jars.resolve(jar.getFileName()));
            }
        }
        List<Path> servers = list(target).stream()
                .filter(file -> file.getFileName().toString().matches("flight-server-.*\\.jar"))
                .filter(file -> !file.getFileName().toString().matches(".*-(tests|sources)\\.jar"))
                .toList();
        if (servers.size() != 1) {
            throw new IOException("one flight-server jar is expected in " + target + ", found: " + servers);
        }
        layout.copy(servers.getFirst(), folder.resolve("flight-server.jar"));
        if (!Files.exists(layout.natives.resolve("libbowyer.so"))) {
            throw new IOException(servers.getFirst() + " has no " + layout.engine
                    + " (hint: `./bowyer native build` on a machine of this platform)");
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /// The time of the copy is that of the jar's first entry, so that the same jar makes the same layer.
    private void copy(Path jar, Path to) throws IOException {
        FileTime time;
        boolean[] kept = {!ONE_PLATFORM.matcher(jar.getFileName().toString()).matches()};
        try (ZipFile in = new ZipFile(jar.toFile());
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(to))) {
            time = in.entries().nextElement().getLastModifiedTime();
            out.setLevel(Deflater.BEST_COMPRESSION);
            // Java would refuse the classes of a signed jar if a byte of them were another.
            boolean signed = in.stream().anyMatch(entry -> entry.getName().matches("META-INF/.*\\.SF"));
            for (ZipEntry entry : in.stream().toList()) {
                if (place(in, entry)) {
                    kept[0] |= here.matcher(entry.getName()).matches()
                            && !UNUSED.matcher(entry.getName()).matches();
                    continue;
                }
                ZipEntry same = new ZipEntry(entry.getName());
                same.setLastModifiedTime(entry.getLastModifiedTime());
                out.putNextEntry(same);
                try (InputStream bytes = in.getInputStream(entry)) {
                    if (entry.getName().endsWith(".class") && !signed) {
                        out.write(Slim.classFile(bytes.readAllBytes()));
                    } else {
                        bytes.transferTo(out);
                    }
                }
                out.closeEntry();
            }
        }
        if (kept[0]) {
            Files.setLastModifiedTime(to, time);
        } else {
            Files.delete(to);
        }
    }

    /// Whether the entry is left out of the jar: written to the folder of libraries, or for another platform.
    private boolean place(ZipFile jar, ZipEntry entry) throws IOException {
        String name = entry.getName();
        if (name.startsWith("native/")) {
            if (name.equals(engine)) {
                try (InputStream bytes = new ZstdInputStream(jar.getInputStream(entry))) {
                    Files.copy(bytes, natives.resolve("libbowyer.so"));
                }
            }
            return true;
        }
        if (!NATIVE.matcher(name).matches()) {
            return false;
        }
        if (!here.matcher(name).matches() || UNUSED.matcher(name).matches()) {
            return true;
        }
        if (!MOVED.matcher(name).matches()) {
            return false;
        }
        String file = Path.of(name).getFileName().toString();
        try (InputStream bytes = jar.getInputStream(entry)) {
            Files.copy(bytes, natives.resolve(file.startsWith("libzstd-jni") ? "libzstd-jni.so" : file));
        }
        return true;
    }
}
