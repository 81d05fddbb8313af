package dev.bowyer.cli;

import dev.bowyer.cli.output.TypedValue;
import dev.bowyer.error.ServiceException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Values for the parameters of a statement.
final class ParameterOption {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    @Option(
            names = "--param",
            paramLabel = "NAME[:TYPE]=VALUE",
            description = {
                "A value for $NAME in the statement; repeatable. Types: " + TypedValue.TYPES
                        + ". Without one, null, true,"
                        + " false, a number, a date (2026-01-31) or a timestamp (2026-01-31T12:00:00) is taken for what"
                        + " it looks like, and the rest for text."
            })
    private List<String> parameters = List.of();

    /// By name, in order.
    ///
    /// @throws ParameterException for a value that its type does not have, or a name that comes twice
    Map<String, @Nullable Object> values() {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (String parameter : parameters) {
            try {
                TypedValue value = TypedValue.parse(parameter);
                if (values.containsKey(value.name())) {
                    throw usage("--param " + value.name() + ": given twice");
                }
                values.put(value.name(), value.value());
            } catch (ServiceException e) {
                throw usage("--param " + e.getMessage());
            }
        }
        return values;
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
