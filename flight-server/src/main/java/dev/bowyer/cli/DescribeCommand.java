package dev.bowyer.cli;

import dev.bowyer.cli.output.DatasetTables;
import dev.bowyer.cli.output.JsonText;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.DatasetInfo;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.arrow.vector.types.pojo.Field;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "describe",
        description = "Shows the columns of one dataset.",
        footer = {"", "Example:", "  bowyer describe trips"})
final class DescribeCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "NAME", description = "The dataset.")
    private String name = "";

    @Option(names = "--json", description = "Writes JSON.")
    private boolean json;

    DescribeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        try (BowyerClient client = server.connect(terminal)) {
            DatasetInfo dataset = client.describe(name);
            List<Field> fields = dataset.schema().getFields();
            if (json) {
                List<JsonText.Raw> columns = fields.stream()
                        .map(field -> new JsonText.Raw(JsonText.object(
                                "name",
                                field.getName(),
                                "type",
                                DatasetTables.type(field),
                                "nullable",
                                field.isNullable())))
                        .toList();
                terminal.out()
                        .println(JsonText.object(
                                "name",
                                dataset.name(),
                                "rows",
                                DatasetsCommand.number(dataset.rows()),
                                "bytes",
                                DatasetsCommand.number(dataset.bytes()),
                                "columns",
                                columns));
            } else {
                DatasetTables.columns(dataset).print(terminal.out());
            }
        }
        return ExitCode.OK;
    }
}
