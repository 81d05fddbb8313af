package dev.bowyer.config;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;

/// Collects what is wrong, so that the operator sees all of it at once.
final class ConfigProblems {
    private final String file;
    private final List<String> lines = new ArrayList<>();

    ConfigProblems(String file) {
        this.file = file;
    }

    void add(Optional<Mark> at, String what) {
        String place = at.map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                .orElse("");
        lines.add(file + place + ": " + what);
    }

    void addVariable(String variable, String what) {
        lines.add("environment variable " + variable + ": " + what);
    }

    void unknownKey(Optional<Mark> at, String where, String key, Collection<String> known) {
        @Nullable String hint = NearestNames.hint(key, known.stream());
        add(
                at,
                "unknown key \"" + key + "\"" + (where.isEmpty() ? "" : " in " + where.replace("[]", ""))
                        + (hint == null ? " (expected: " + String.join(", ", known) + ")" : " (" + hint + ")"));
    }

    /// @throws ServiceException INVALID_CONFIG with every problem on its own line, if there is any
    void check() {
        if (lines.isEmpty()) {
            return;
        }
        String message = lines.size() == 1
                ? lines.getFirst()
                : lines.size() + " problems in the configuration\n  " + String.join("\n  ", lines);
        throw new ServiceException(
                ErrorCode.INVALID_CONFIG, message, "every key stands in docs/reference/configuration.md");
    }
}
