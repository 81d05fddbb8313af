package dev.bowyer.cli;

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
        try (BowyerClient client = server.connect()) {
            DatasetInfo dataset = client.describe(name);
            List<Field> fields = dataset.schema().getFields();
            if (json) {
                List<JsonText.Raw> columns = fields.stream()
                        .map(field -> new JsonText.Raw(JsonText.object(
                                "name", field.getName(), "type", type(field), "nullable", field.isNullable())))
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
                TextTable table = new TextTable(List.of("column", "type", "null"), List.of(false, false, false));
                fields.forEach(
                        field -> table.add(List.of(field.getName(), type(field), field.isNullable() ? "yes" : "no")));
                table.print(terminal.out());
            }
        }
        return ExitCode.OK;
    }

    /// As Arrow writes it, with the types of nested fields.
    private static String type(Field field) {
        String type = field.getType().toString();
        return field.getChildren().isEmpty()
                ? type
                : type
                        + field.getChildren().stream()
                                .map(child -> child.getName() + ": " + type(child))
                                .toList();
    }
}
