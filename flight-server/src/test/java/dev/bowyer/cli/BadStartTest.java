package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.engine.datafusion.TpchGenerator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Starts that must fail, each with an error that names what is wrong. A start that succeeds would never return.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class BadStartTest {
    @TempDir
    Path folder;

    private final CapturedTerminal terminal = CapturedTerminal.of("");

    @Test
    void missingFile() {
        refuses(ExitCode.FAILED, "SOURCE_NOT_FOUND", "x=" + folder.resolve("none.parquet"));
        assertThat(terminal.err()).contains("dataset \"x\"", "none.parquet");
    }

    @Test
    void emptyFolder() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        refuses(ExitCode.FAILED, "SOURCE_NOT_FOUND", empty.toString());
        assertThat(terminal.err()).contains("dataset \"empty\"");
    }

    @Test
    void zeroByteFile() throws IOException {
        Path file = Files.createFile(folder.resolve("zero.parquet"));
        refuses(ExitCode.FAILED, "SOURCE_INVALID", file.toString());
        assertThat(terminal.err()).contains("zero.parquet");
    }

    @Test
    void truncatedParquet() throws IOException {
        TpchGenerator.generate(0.001, folder.resolve("tpch"), 1);
        byte[] whole = Files.readAllBytes(folder.resolve("tpch/orders.parquet"));
        Path cut = Files.write(folder.resolve("cut.parquet"), Arrays.copyOf(whole, whole.length / 2));
        refuses(ExitCode.FAILED, "SOURCE_INVALID", cut.toString());
        assertThat(terminal.err()).contains("cut.parquet");
    }

    @Test
    void wrongMagic() throws IOException {
        Path file = Files.writeString(folder.resolve("text.parquet"), "this is no Parquet, only text\n".repeat(100));
        refuses(ExitCode.FAILED, "SOURCE_INVALID", file.toString());
        assertThat(terminal.err()).contains("text.parquet");
    }

    @Test
    void raggedCsv() throws IOException {
        Path file = Files.writeString(folder.resolve("ragged.csv"), "a,b\n1,2\n3\n4,5,6\n");
        refuses(ExitCode.FAILED, "SOURCE_INVALID", file.toString());
        assertThat(terminal.err()).contains("ragged.csv");
    }

    @Test
    void schemasThatConflict() throws IOException {
        Path files = Files.createDirectory(folder.resolve("files"));
        TpchGenerator.generate(0.001, folder.resolve("tpch"), 1);
        write(files.resolve("a.parquet"), "SELECT n_nationkey AS id FROM nation");
        write(files.resolve("b.parquet"), "SELECT n_name AS id FROM nation");
        refuses(ExitCode.FAILED, "SCHEMA_CONFLICT", files.toString());
        assertThat(terminal.err()).contains("id", ".parquet");
    }

    @Test
    void unknownFormat() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.docx"), "x");
        refuses(ExitCode.FAILED, "UNKNOWN_FORMAT", file.toString());
        assertThat(terminal.err()).contains("notes.docx");
    }

    @Test
    void badAmongGoodOnesIsNamed() throws IOException {
        Path good = Files.writeString(folder.resolve("good.csv"), "a\n1\n");
        refuses(ExitCode.FAILED, "SOURCE_NOT_FOUND", good.toString(), "bad=" + folder.resolve("none.csv"));
        assertThat(terminal.err()).contains("dataset \"bad\"", "hint:").doesNotContain("good.csv");
    }

    @Test
    void severalBadOnesAreAllNamed() {
        refuses(ExitCode.FAILED, "SOURCE_NOT_FOUND", "x=" + folder.resolve("x.csv"), "y=" + folder.resolve("y.csv"));
        assertThat(terminal.err()).contains("2 of 2 datasets", "\"x\"", "\"y\"", "--skip-bad");
    }

    @Test
    void duplicateNames() throws IOException {
        Path one = Files.writeString(folder.resolve("t.csv"), "a\n1\n");
        Path two = Files.writeString(Files.createDirectory(folder.resolve("b")).resolve("t.csv"), "a\n1\n");
        refuses(ExitCode.FAILED, "DATASET_EXISTS", one.toString(), two.toString());
        assertThat(terminal.err()).contains("\"t\"", one.toString(), two.toString());
    }

    @Test
    void portInUse() throws IOException {
        Path file = Files.writeString(folder.resolve("t.csv"), "a\n1\n");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            assertThat(terminal.run("serve", file.toString(), "--listen", address, "--http", "off"))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(terminal.err()).startsWith("error[UNAVAILABLE]: ").contains(address, "hint: ");
        }
    }

    @Test
    void httpPortInUse() throws IOException {
        Path file = Files.writeString(folder.resolve("t.csv"), "a\n1\n");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            refuses(ExitCode.FAILED, "UNAVAILABLE", file.toString(), "--listen", "127.0.0.1:0", "--http", address);
            assertThat(terminal.err()).contains(address, "hint: ");
        }
    }

    @Test
    void dataFolderThatCannotBeWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("t.csv"), "a\n1\n");
        // Root may write anywhere, but nobody below a file, nor in the kernel's tree.
        for (Path bad : List.of(file.resolve("data"), Path.of("/proc/bowyer"))) {
            Path config = Files.writeString(
                    folder.resolve("bowyer.yaml"),
                    "server: { flight: 127.0.0.1:0, http: off, data-folder: " + bad + " }\ndatasets: [{ name: t, from: "
                            + file + " }]\n");
            CapturedTerminal another = CapturedTerminal.of("");
            assertThat(another.run("serve", "--config", config.toString())).isEqualTo(ExitCode.CONFIGURATION);
            assertThat(another.err())
                    .startsWith("error[INVALID_CONFIG]: server.data-folder: " + bad)
                    .contains("hint: ");
        }
    }

    @Test
    void addressThatOthersReach() {
        refuses(ExitCode.CONFIGURATION, "INVALID_CONFIG", "x.csv", "--listen", "0.0.0.0:0");
        assertThat(terminal.err()).contains("there is no TLS", "--insecure");
    }

    @Test
    void hostThatDoesNotResolve() {
        for (String flag : List.of("--skip-bad", "--insecure")) {
            CapturedTerminal another = CapturedTerminal.of("");
            assertThat(another.run("serve", "x.csv", "--listen", "no-such-host.invalid:0", flag))
                    .isEqualTo(ExitCode.CONFIGURATION);
            assertThat(another.err())
                    .contains("no machine is known by the name \"no-such-host.invalid\"")
                    .doesNotContain("--insecure", "null");
        }
    }

    @Test
    void referencesStayUnresolvedInMessages() throws IOException {
        String value = folder.resolve("hunter2").toString();
        Path secret = Files.writeString(folder.resolve("secret"), value);
        String reference = "${file:" + secret + "}";
        Path config = Files.writeString(
                folder.resolve("bowyer.yaml"), "datasets: [{ name: a, from: '" + reference + "/trips.csv' }]");
        refuses(ExitCode.FAILED, "SOURCE_NOT_FOUND", "--config", config.toString());
        assertThat(terminal.err()).contains(reference + "/trips.csv").doesNotContain("hunter2");
    }

    @Test
    void unknownConfigurationKey() throws IOException {
        Path config = Files.writeString(folder.resolve("bowyer.yaml"), "datasets:\n  - { name: a, frm: x.csv }\n");
        refuses(ExitCode.CONFIGURATION, "INVALID_CONFIG", "--config", config.toString());
        assertThat(terminal.err())
                .contains(config + ":2:16: unknown key \"frm\" in datasets", "did you mean \"from\"?");
    }

    private void refuses(int exitCode, String code, String... args) {
        String[] all = new String[args.length + 1];
        all[0] = "serve";
        System.arraycopy(args, 0, all, 1, args.length);
        assertThat(terminal.run(all)).as(terminal.err()).isEqualTo(exitCode);
        assertThat(terminal.err()).startsWith("error[" + code + "]: ").doesNotContain("\tat ");
        assertThat(terminal.out()).isEmpty();
    }

    private void write(Path file, String sql) {
        try (LocalServer server = LocalServer.of("nation=" + folder.resolve("tpch/nation.parquet"))) {
            assertThat(server.run("sql", sql, "-o", file.toString())).isZero();
        }
    }
}
