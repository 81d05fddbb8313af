package dev.bowyer.cli;

import dev.bowyer.cli.output.DatasetTables;
import dev.bowyer.cli.output.JsonText;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.DatasetInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "datasets",
        description = "Lists what a server serves.",
        footer = {"", "Example:", "  bowyer datasets --uri grpc://127.0.0.1:8815"})
final class DatasetsCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Option(names = "--json", description = "Writes JSON.")
    private boolean json;

    DatasetsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        try (BowyerClient client = server.connect(terminal)) {
            List<DatasetInfo> datasets = client.datasets();
            if (json) {
                terminal.out()
                        .println(JsonText.list(datasets.stream()
                                .map(DatasetsCommand::json)
                                .map(JsonText.Raw::new)
                                .toList()));
            } else {
                DatasetTables.list(datasets).print(terminal.out());
            }
        }
        return ExitCode.OK;
    }

    private static String json(DatasetInfo dataset) {
        return JsonText.object(
                "name",
                dataset.name(),
                "rows",
                number(dataset.rows()),
                "bytes",
                number(dataset.bytes()),
                "columns",
                new ArrayList<>(dataset.schema().getFields().stream()
                        .map(field -> field.getName())
                        .toList()));
    }

    static @Nullable Long number(java.util.OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }
}
