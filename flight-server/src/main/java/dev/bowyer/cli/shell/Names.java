package dev.bowyer.cli.shell;

import dev.bowyer.cli.output.VisibleText;
import dev.bowyer.client.DatasetInfo;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.arrow.vector.types.pojo.Field;

/// The names of tables and columns that a server has, for completion.
record Names(List<Table> tables) {
    static final Names NONE = new Names(List.of());

    static final int MAX_TABLES = 10_000;

    /// Of all tables together.
    static final int MAX_COLUMNS = 200_000;

    private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_]*");

    /// @param namespace empty for the default one
    record Table(String namespace, String name, List<String> columns) {}

    /// Of as many datasets as the limits allow. Names that a terminal does not show as they are, are left out.
    static Names of(List<DatasetInfo> datasets) {
        List<Table> tables = new ArrayList<>();
        int columns = 0;
        for (DatasetInfo dataset : datasets) {
            List<String> ofTable = dataset.schema().getFields().stream()
                    .map(Field::getName)
                    .filter(VisibleText::isVisible)
                    .toList();
            columns += ofTable.size();
            if (tables.size() == MAX_TABLES || columns > MAX_COLUMNS) {
                break;
            }
            if (VisibleText.isVisible(dataset.name())) {
                tables.add(table(dataset.name(), ofTable));
            }
        }
        return new Names(List.copyOf(tables));
    }

    private static Table table(String name, List<String> columns) {
        try {
            DatasetName parsed = DatasetName.parse(name);
            boolean inDefault = parsed.namespace().equals(DatasetName.DEFAULT_NAMESPACE);
            return new Table(inDefault ? "" : parsed.namespace(), parsed.table(), columns);
        } catch (ServiceException e) {
            return new Table("", name, columns); // another server may have other rules for names
        }
    }

    /// The tables of this namespace.
    List<Table> in(String namespace) {
        return tables.stream()
                .filter(table -> table.namespace().equals(namespace))
                .toList();
    }

    /// The names of all namespaces but the default one.
    List<String> namespaces() {
        return tables.stream()
                .map(Table::namespace)
                .filter(namespace -> !namespace.isEmpty())
                .distinct()
                .toList();
    }

    /// As it has to stand in SQL.
    static String quoted(String name, Set<String> keywords) {
        return PLAIN.matcher(name).matches() && !keywords.contains(name)
                ? name
                : "\"" + name.replace("\"", "\"\"") + "\"";
    }
}
