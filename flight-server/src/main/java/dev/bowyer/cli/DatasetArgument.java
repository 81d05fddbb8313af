package dev.bowyer.cli;

import dev.bowyer.config.Config.DatasetEntry;
import dev.bowyer.config.Redaction;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Reads `name=location` or `location` as it stands on the command line.
final class DatasetArgument {
    private static final Pattern NAMED = Pattern.compile("([^=/\\\\:*?]+)=(.+)", Pattern.DOTALL);
    private static final Pattern GLOB = Pattern.compile(".*[*?\\[].*");
    private static final Pattern ENDING =
            Pattern.compile("\\.(parquet|parq|pq|csv|json|ndjson|jsonl|arrow|arrows|feather|ipc|gz|bz2|zst|xz)$");

    private DatasetArgument() {}

    /// @throws ServiceException INVALID_ARGUMENT when there is no name and none can be made up
    static DatasetEntry parse(String argument) {
        var named = NAMED.matcher(argument);
        boolean hasName = named.matches();
        String location = hasName ? named.group(2) : argument;
        DatasetName name = hasName ? DatasetName.parse(named.group(1)) : nameOf(location);
        return new DatasetEntry(name, new Source.Files(location, null, null, Source.CsvOptions.DEFAULT), null);
    }

    /// @throws ServiceException DATASET_EXISTS naming both locations
    static List<DatasetEntry> distinct(List<DatasetEntry> entries, Redaction redaction) {
        Map<DatasetName, DatasetEntry> byName = new HashMap<>();
        for (DatasetEntry entry : entries) {
            DatasetEntry other = byName.putIfAbsent(entry.name(), entry);
            if (other != null) {
                String location = redaction.apply(entry.source().location());
                throw new ServiceException(
                        ErrorCode.DATASET_EXISTS,
                        "two datasets are named \"" + entry.name() + "\": "
                                + redaction.apply(other.source().location()) + " and " + location,
                        "give one of them another name, as in " + entry.name() + "2=" + location);
            }
        }
        return entries;
    }

    /// The name of the file without its ending, of the folder, or of the folder that a glob starts in; in
    /// small letters, so that SQL finds it without quotes.
    private static DatasetName nameOf(String location) {
        List<String> parts = new ArrayList<>();
        for (String part : location.replaceFirst("^[a-z0-9+]+://", "").split("/", -1)) {
            if (GLOB.matcher(part).matches()) {
                break;
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        String last = parts.isEmpty() || parts.getLast().equals("..") ? folderName(location, parts) : parts.getLast();
        String stem = isFolder(location) ? last : withoutEndings(last);
        String name = stem.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{Nd}_]", "_");
        if (name.isEmpty() || name.chars().allMatch(c -> c == '_')) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no dataset name can be made of \"" + location + "\"",
                    "name it: trips=" + location);
        }
        return new DatasetName(DatasetName.DEFAULT_NAMESPACE, Character.isDigit(name.charAt(0)) ? "_" + name : name);
    }

    /// Of a location that ends in dots, or that names no folder at all.
    private static String folderName(String location, List<String> parts) {
        String root = location.startsWith("/") ? "/" : "";
        Path name = Path.of(root + String.join("/", parts))
                .toAbsolutePath()
                .normalize()
                .getFileName();
        return name == null ? "" : name.toString();
    }

    private static boolean isFolder(String location) {
        try {
            return Files.isDirectory(Path.of(location.replaceFirst("^file://", "")));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static String withoutEndings(String file) {
        String lower = file.toLowerCase(Locale.ROOT);
        while (ENDING.matcher(lower).find() && lower.lastIndexOf('.') > 0) {
            lower = lower.substring(0, lower.lastIndexOf('.'));
        }
        return file.substring(0, lower.length());
    }
}
