package dev.bowyer.config;

import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Authenticator.User;
import dev.bowyer.access.Seal;
import dev.bowyer.config.Config.DatasetEntry;
import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.SourceSpec;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// Reads a configuration file, strictly: what it does not know is an error, and all errors come at once. An
/// environment variable (`BOWYER_SERVER_FLIGHT` for `server.flight`) goes before the file.
public final class ConfigLoader {
    /// Largest configuration file, in bytes.
    private static final long MAX_BYTES = 16 << 20;

    private final ConfigProblems problems;
    private final Map<String, String> environment;

    private ConfigLoader(String file, Map<String, String> environment) {
        this.problems = new ConfigProblems(file);
        this.environment = environment;
    }

    /// @param environment all variables
    /// @throws ServiceException INVALID_CONFIG naming every problem with file, line and column
    public static Config load(Path file, Map<String, String> environment) {
        ConfigLoader loader = new ConfigLoader(file.toString(), environment);
        String text = read(file);
        return loader.config(loader.compose(text));
    }

    /// Defaults and environment variables, without a file.
    ///
    /// @throws ServiceException INVALID_CONFIG
    public static Config fromEnvironmentOnly(Map<String, String> environment) {
        return new ConfigLoader("environment", environment).config(null);
    }

    private static String read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ServiceException(ErrorCode.INVALID_CONFIG, file + ": over " + MAX_BYTES + " bytes");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new ServiceException(ErrorCode.INVALID_CONFIG, file + ": " + reason(file, e), null, e);
        }
    }

    private static String reason(Path file, IOException failure) {
        return switch (failure) {
            case NoSuchFileException _ -> "no such file";
            case AccessDeniedException _ -> "this user may not read it";
            case CharacterCodingException _ -> "is not UTF-8 text";
            default -> Files.isDirectory(file) ? "is a folder; the file in it is wanted" : "cannot be read: " + failure;
        };
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
        Substitution substitution = new Substitution(environment);
        Section top = new Section("", root, substitution, problems);
        Section limits = top.section("limits");
        Section server = top.section("server");
        Config.@Nullable Server listening = server(server);
        Config.@Nullable Limits bounds = limits(limits);
        ServiceSections services = new ServiceSections(this);
        Config.@Nullable Http http = services.http(top.section("http"));
        Config.@Nullable Telemetry telemetry = services.telemetry(top.section("telemetry"));
        Config.@Nullable Tickets tickets = tickets(top.section("tickets"), substitution);
        Config.@Nullable Auth auth = auth(top.section("auth"));
        unknownVariables();
        StoreSections storage = new StoreSections(problems);
        List<Config.StoreEntry> stores = storage.stores(top);
        List<Config.CatalogEntry> catalogs = storage.catalogs(top);
        List<DatasetEntry> datasets = datasets(top);
        problems.check();
        return new Config(
                Objects.requireNonNull(listening),
                Objects.requireNonNull(bounds),
                Objects.requireNonNull(http),
                Objects.requireNonNull(telemetry),
                Objects.requireNonNull(tickets),
                Objects.requireNonNull(auth),
                stores,
                catalogs,
                datasets,
                substitution.redaction());
    }

    private Config.@Nullable Server server(Section section) {
        @Nullable ListenAddress flight = overridable(section, ConfigKeys.SERVER_FLIGHT);
        ServiceKeys.@Nullable HttpAddress http = overridable(section, ServiceKeys.SERVER_HTTP);
        @Nullable URI advertise = overridable(section, ConfigKeys.SERVER_ADVERTISE);
        @Nullable Path dataFolder = overridable(section, ServiceKeys.SERVER_DATA_FOLDER);
        @Nullable Duration drain = overridable(section, ServiceKeys.SERVER_DRAIN);
        @Nullable List<Path> below = overridableList(section, ServiceKeys.SERVER_DATASETS_BELOW);
        return flight == null || http == null || drain == null
                ? null
                : new Config.Server(
                        flight,
                        http.address(),
                        advertise,
                        dataFolder,
                        Objects.requireNonNullElse(below, List.of()),
                        drain);
    }

    private Config.@Nullable Limits limits(Section section) {
        @Nullable ByteSize queryMemory = overridable(section, ConfigKeys.LIMITS_QUERY_MEMORY);
        @Nullable ByteSize totalMemory = overridable(section, ConfigKeys.LIMITS_TOTAL_MEMORY);
        @Nullable Duration timeout = overridable(section, ConfigKeys.LIMITS_TIMEOUT);
        @Nullable Integer concurrent = overridable(section, ServiceKeys.CONCURRENT_QUERIES);
        @Nullable Integer perCaller = overridable(section, ServiceKeys.PER_CALLER);
        @Nullable Integer queue = overridable(section, ServiceKeys.QUEUE);
        @Nullable Duration queueWait = overridable(section, ServiceKeys.QUEUE_WAIT);
        @Nullable Duration stall = overridable(section, ServiceKeys.STALL_TIMEOUT);
        @Nullable Long spill = overridable(section, ServiceKeys.SPILL);
        @Nullable Path spillFolder = overridable(section, ServiceKeys.SPILL_FOLDER);
        memory(section, totalMemory, queryMemory);
        if (queryMemory == null
                || totalMemory == null
                || timeout == null
                || concurrent == null
                || queue == null
                || queueWait == null
                || stall == null
                || spill == null) {
            return null;
        }
        int ofOne = perCaller == null ? concurrent : Math.min(perCaller, concurrent);
        return new Config.Limits(
                queryMemory, totalMemory, timeout, concurrent, ofOne, queue, queueWait, stall, spill, spillFolder);
    }

    private Config.@Nullable Tickets tickets(Section section, Substitution substitution) {
        List<byte[]> keys = sealingKeys(section, substitution);
        @Nullable Duration expiry = overridable(section, ConfigKeys.TICKETS_EXPIRY);
        @Nullable Boolean plain = overridable(section, ConfigKeys.TICKETS_PLAIN);
        @Nullable Boolean rawSql = overridable(section, ConfigKeys.TICKETS_RAW_SQL);
        return expiry == null || plain == null || rawSql == null
                ? null
                : new Config.Tickets(keys, expiry, plain, rawSql);
    }

    private List<byte[]> sealingKeys(Section section, Substitution substitution) {
        ConfigKey<byte[]> key = ConfigKeys.TICKETS_KEYS;
        @Nullable List<byte[]> fromFile = section.values(key);
        String variable = Objects.requireNonNull(key.variable());
        String text = environment.get(variable);
        List<byte[]> keys = fromFile == null ? List.of() : fromFile;
        try {
            if (text != null) {
                String[] texts = text.split(",", -1);
                Arrays.stream(texts).forEach(substitution::hide);
                keys = Arrays.stream(texts).map(key.type().parse()).toList();
            }
            if (!keys.isEmpty()) {
                Seal.of(keys);
            }
        } catch (IllegalArgumentException e) {
            problems.addVariable(variable, "(hidden) (expected: " + key.type().expected() + ")");
        } catch (ServiceException e) {
            if (text == null) {
                problems.add(section.markOf(key.name()), key.name() + ": " + e.getMessage());
            } else {
                problems.addVariable(variable, String.valueOf(e.getMessage()));
            }
        }
        return keys;
    }

    private Config.@Nullable Auth auth(Section section) {
        List<User> users = new ArrayList<>();
        Map<String, Optional<Mark>> seen = new HashMap<>();
        for (Section entry : section.sections("users")) {
            @Nullable String name = entry.value(ConfigKeys.USER_NAME);
            @Nullable String hash = entry.value(ConfigKeys.USER_PASSWORD_HASH);
            if (name == null || hash == null) {
                continue;
            }
            User user = new User(name, hash);
            Optional<Mark> first = seen.putIfAbsent(name, entry.markOf("name"));
            if (first != null) {
                problems.add(entry.markOf("name"), "user \"" + name + "\" is there already" + onLine(first));
            }
            try {
                Authenticator.check(user);
            } catch (ServiceException e) {
                problems.add(entry.markOf("name"), String.valueOf(e.getMessage()));
            }
            users.add(user);
        }
        if (users.size() > Authenticator.MAX_USERS) {
            String most = " (expected: at most " + Authenticator.MAX_USERS + ")";
            problems.add(section.markOf("users"), "users: " + users.size() + " of them" + most);
        }
        @Nullable Duration tokenExpiry = overridable(section, ConfigKeys.AUTH_TOKEN_EXPIRY);
        return tokenExpiry == null ? null : new Config.Auth(users, admins(section, users), tokenExpiry);
    }

    private Set<String> admins(Section section, List<User> users) {
        @Nullable List<String> admins = overridableList(section, ConfigKeys.AUTH_ADMINS);
        List<String> names = users.stream().map(User::name).toList();
        for (String admin : admins == null ? List.<String>of() : admins) {
            if (!names.contains(admin)) {
                @Nullable String near = NearestNames.hint(admin, names.stream());
                String hint = near == null ? "" : " (" + near + ")";
                problems.add(section.markOf("admins"), "admins: no user is named \"" + admin + "\"" + hint);
            }
        }
        return admins == null ? Set.of() : Set.copyOf(admins);
    }

    private static String onLine(Optional<Mark> first) {
        return first.map(mark -> " on line " + (mark.getLine() + 1)).orElse("");
    }

    private void memory(Section limits, @Nullable ByteSize total, @Nullable ByteSize query) {
        if (total == null) {
            return;
        }
        long totalBytes = total.of(MemoryBudget.leftByTheJvm());
        atLeast(limits, ConfigKeys.LIMITS_TOTAL_MEMORY, total, totalBytes, EngineOptions.MIN_MEMORY_BYTES);
        if (query != null && totalBytes >= EngineOptions.MIN_MEMORY_BYTES) {
            long bytes = query.of(totalBytes);
            atLeast(limits, ConfigKeys.LIMITS_QUERY_MEMORY, query, bytes, MemoryBudget.MIN_QUERY_BYTES);
        }
    }

    private void atLeast(Section limits, ConfigKey<ByteSize> key, ByteSize size, long bytes, long least) {
        if (bytes >= least) {
            return;
        }
        String share = size instanceof ByteSize.Share ? " of the memory there is, " + ByteSize.Units.show(bytes) : "";
        String what = size + share + " (expected: at least " + ByteSize.Units.show(least) + ")";
        String variable = Objects.requireNonNull(key.variable());
        if (environment.containsKey(variable)) {
            problems.addVariable(variable, what);
        } else {
            problems.add(limits.markOf(key.name()), key.name() + ": " + what);
        }
    }

    private void unknownVariables() {
        List<String> known = ConfigKeys.variables();
        environment.keySet().stream()
                .filter(name -> ConfigKeys.isVariableOfASection(name) && !known.contains(name))
                .sorted()
                .forEach(name -> {
                    @Nullable String near = NearestNames.hint(name, known.stream());
                    String expected = near == null ? "expected: " + String.join(", ", known) : near;
                    problems.addVariable(name, "no such setting (" + expected + ")");
                });
    }

    /// From the environment, else from the file, else the default; null when absent or wrong, which is
    /// recorded.
    <T> @Nullable T overridable(Section section, ConfigKey<T> key) {
        T fromFile = section.value(key);
        String variable = Objects.requireNonNull(key.variable());
        String text = environment.get(variable);
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

    /// As [#overridable]; commas separate the values in the variable.
    <T> @Nullable List<T> overridableList(Section section, ConfigKey<T> key) {
        @Nullable List<T> fromFile = section.values(key);
        String variable = Objects.requireNonNull(key.variable());
        String text = environment.get(variable);
        if (text == null) {
            return fromFile;
        }
        try {
            return Arrays.stream(text.split(",", -1))
                    .map(String::strip)
                    .map(key.type().parse())
                    .toList();
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
                String first = onLine(seen.get(name));
                problems.add(section.markOf("name"), "dataset name \"" + name + "\" is taken" + first);
            } else if (name != null) {
                seen.put(name, section.markOf("name"));
            }
            entry(section, name).ifPresent(entries::add);
        }
        return entries;
    }

    private Optional<DatasetEntry> entry(Section section, @Nullable DatasetName name) {
        @Nullable Source source = source(section);
        @Nullable Duration refresh = section.value(ConfigKeys.DATASET_REFRESH);
        return name == null || source == null ? Optional.empty() : Optional.of(new DatasetEntry(name, source, refresh));
    }

    private @Nullable Source source(Section section) {
        @Nullable String from = section.value(ConfigKeys.DATASET_FROM);
        @Nullable String catalog = section.value(ConfigKeys.DATASET_CATALOG);
        @Nullable String table = section.value(ConfigKeys.DATASET_TABLE);
        @Nullable String format = section.value(ConfigKeys.DATASET_FORMAT);
        @Nullable List<String> partitions = section.values(ConfigKeys.DATASET_PARTITIONS);
        @Nullable AsOf asOf = section.value(ConfigKeys.DATASET_AS_OF);
        Section csv = section.section("csv");
        @Nullable Character delimiter = csv.value(ConfigKeys.CSV_DELIMITER);
        @Nullable Boolean header = csv.value(ConfigKeys.CSV_HEADER);
        if (delimiter == null || header == null) {
            return null;
        }
        var options = new Source.CsvOptions(delimiter, header);
        try {
            return new SourceSpec(from, catalog, table, format, asOf, partitions, options).source();
        } catch (ServiceException e) {
            Optional<Mark> mark = section.markOf(catalog == null || from != null ? "from" : "table");
            problems.add(mark, String.valueOf(e.getMessage()));
            return null;
        }
    }
}
