package dev.bowyer.config;

import dev.bowyer.config.Config.DatasetEntry;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// Reads a configuration file, strictly: what it does not know is an error, and all errors come at once. An environment
/// variable (`BOWYER_SERVER_FLIGHT` for `server.flight`) goes before the file.
public final class ConfigLoader {
    /// Largest configuration file, in bytes.
    private static final long MAX_BYTES = 16 << 20;

    private final ConfigProblems problems;
    private final UnaryOperator<@Nullable String> environment;

    private ConfigLoader(String file, UnaryOperator<@Nullable String> environment) {
        this.problems = new ConfigProblems(file);
        this.environment = environment;
    }

    /// @param environment gives null for a variable that is not set
    /// @throws ServiceException INVALID_CONFIG naming every problem with file, line and column
    public static Config load(Path file, UnaryOperator<@Nullable String> environment) {
        ConfigLoader loader = new ConfigLoader(file.toString(), environment);
        String text = read(file);
        return loader.config(loader.compose(text));
    }

    /// Defaults and environment variables, without a file.
    ///
    /// @throws ServiceException INVALID_CONFIG
    public static Config fromEnvironmentOnly(UnaryOperator<@Nullable String> environment) {
        return new ConfigLoader("environment", environment).config(null);
    }

    private static String read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ServiceException(ErrorCode.INVALID_CONFIG, file + ": over " + MAX_BYTES + " bytes");
            }
            return Files.readString(file);
        } catch (IOException e) {
            String why = Files.exists(file) ? "cannot be read as UTF-8 text" : "no such file";
            throw new ServiceException(ErrorCode.INVALID_CONFIG, file + ": " + why, null, e);
        }
    }

    private @Nullable Node compose(String text) {
        LoadSettings settings = LoadSettings.builder()
                .setUseMarks(true)
                .setSchema(new CoreSchema())
                .build();
        try {
            return new Compose(settings).composeString(text).orElse(null);
        } catch (MarkedYamlEngineException e) {
            problems.add(e.getProblemMark(), "not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            problems.add(Optional.empty(), "not YAML: " + e.getMessage());
        }
        problems.check();
        return null;
    }

    private Config config(@Nullable Node root) {
        Section top = new Section("", root, new Substitution(environment), problems);
        Section limits = top.section("limits");
        @Nullable ListenAddress flight = overridable(top.section("server"), ConfigKeys.SERVER_FLIGHT);
        @Nullable ByteSize queryMemory = overridable(limits, ConfigKeys.LIMITS_QUERY_MEMORY);
        @Nullable ByteSize totalMemory = overridable(limits, ConfigKeys.LIMITS_TOTAL_MEMORY);
        @Nullable Duration timeout = overridable(limits, ConfigKeys.LIMITS_TIMEOUT);
        List<DatasetEntry> datasets = datasets(top);
        problems.check();
        return new Config(
                new Config.Server(Objects.requireNonNull(flight)),
                new Config.Limits(
                        Objects.requireNonNull(queryMemory),
                        Objects.requireNonNull(totalMemory),
                        Objects.requireNonNull(timeout)),
                datasets);
    }

    private <T> @Nullable T overridable(Section section, ConfigKey<T> key) {
        T fromFile = section.value(key);
        String variable = Objects.requireNonNull(key.variable());
        String text = environment.apply(variable);
        if (text == null) {
            return fromFile;
        }
        try {
            return key.type().parse().apply(text);
        } catch (IllegalArgumentException e) {
            problems.addVariable(
                    variable, "\"" + text + "\" (expected: " + key.type().expected() + ")");
            return null;
        }
    }

    private List<DatasetEntry> datasets(Section top) {
        List<DatasetEntry> entries = new ArrayList<>();
        Map<DatasetName, Optional<Mark>> seen = new HashMap<>();
        for (Section section : top.sections("datasets")) {
            @Nullable DatasetName name = section.value(ConfigKeys.DATASET_NAME);
            if (name != null && seen.containsKey(name)) {
                String first = seen.get(name)
                        .map(mark -> " on line " + (mark.getLine() + 1))
                        .orElse("");
                problems.add(section.markOf("name"), "dataset name \"" + name + "\" is taken" + first);
            } else if (name != null) {
                seen.put(name, section.markOf("name"));
            }
            entry(section, name).ifPresent(entries::add);
        }
        return entries;
    }

    private static Optional<DatasetEntry> entry(Section section, @Nullable DatasetName name) {
        @Nullable String from = section.value(ConfigKeys.DATASET_FROM);
        var format = section.value(ConfigKeys.DATASET_FORMAT);
        @Nullable List<String> partitions = section.values(ConfigKeys.DATASET_PARTITIONS);
        @Nullable Duration refresh = section.value(ConfigKeys.DATASET_REFRESH);
        Section csv = section.section("csv");
        @Nullable Character delimiter = csv.value(ConfigKeys.CSV_DELIMITER);
        @Nullable Boolean header = csv.value(ConfigKeys.CSV_HEADER);
        if (name == null || from == null || delimiter == null || header == null) {
            return Optional.empty();
        }
        var options = new Source.CsvOptions(delimiter, header);
        return Optional.of(new DatasetEntry(name, new Source.Files(from, format, partitions, options), refresh));
    }
}
