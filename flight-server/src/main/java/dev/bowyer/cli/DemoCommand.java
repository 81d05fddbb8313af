package dev.bowyer.cli;

import dev.bowyer.App;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.config.Config;
import dev.bowyer.config.Config.DatasetEntry;
import dev.bowyer.config.ConfigLoader;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.FileFormat;
import dev.bowyer.dataset.Source;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "demo",
        description =
                "Makes sample data (TPC-H, made here, kept in the cache folder), serves it and shows how to connect.",
        footer = {"", "Example:", "  bowyer demo --scale 1 --listen 127.0.0.1:0"})
final class DemoCommand implements Callable<Integer> {
    private static final BigDecimal MAX_SCALE = BigDecimal.valueOf(1000);

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    @Option(
            names = "--scale",
            paramLabel = "FACTOR",
            defaultValue = "0.1",
            description = "TPC-H scale factor; 1 is about 300 MB. Default: ${DEFAULT-VALUE}.")
    private BigDecimal scale = new BigDecimal("0.1");

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where Flight is served; port 0 picks a free one. Default: 127.0.0.1:8815.")
    private @Nullable String listen;

    @Option(
            names = "--folder",
            paramLabel = "FOLDER",
            description = "Keeps the data here. Default: ~/.cache/bowyer/demo.")
    private @Nullable Path folder;

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            description = "Where HTTP is served; port 0 picks a free one, off: nowhere. Default: 127.0.0.1:8816.")
    private @Nullable String http;

    @Option(names = "--insecure", description = "Allows an address that other machines reach, without TLS.")
    private boolean insecure;

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (scale.signum() <= 0 || scale.compareTo(MAX_SCALE) > 0) {
            throw new ParameterException(
                    spec.commandLine(), "--scale: " + scale + " (expected: over 0, up to " + MAX_SCALE + ")");
        }
        Config base = ConfigLoader.fromEnvironmentOnly(terminal.environment());
        Config.Server server = ServeCommand.listening(spec, base.server(), listen, http);
        ServeCommand.checkAddresses(server, insecure);
        Path data = DemoData.ensure(terminal, folder == null ? defaultFolder() : folder, scale);
        List<DatasetEntry> tables =
                DemoData.TABLES.stream().map(table -> entry(data, table)).toList();
        Config config = base.withServer(server).withDatasets(tables);
        return Serving.run(terminal, config, App.BadDatasets.FAIL);
    }

    private static DatasetEntry entry(Path data, String table) {
        String location = data.resolve(table + ".parquet").toString();
        return new DatasetEntry(
                DatasetName.parse(table),
                new Source.Files(location, FileFormat.PARQUET, null, Source.CsvOptions.DEFAULT),
                null);
    }

    private Path defaultFolder() {
        String cache = terminal.environment().get("XDG_CACHE_HOME");
        Path root =
                cache == null || cache.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        return root.resolve("bowyer").resolve("demo");
    }
}
