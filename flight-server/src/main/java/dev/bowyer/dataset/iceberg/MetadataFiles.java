package dev.bowyer.dataset.iceberg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.ObjectStores.ObjectInfo;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.jspecify.annotations.Nullable;

/// Finds and reads the metadata files of tables that no catalog tells about.
final class MetadataFiles {
    /// The newest version of the table format that is read.
    static final int MAX_FORMAT_VERSION = 3;

    /// Most bytes of a metadata file once it is decompressed.
    private static final int MAX_TEXT_BYTES = 512 << 20;

    private static final String HINT = "version-hint.text";
    private static final int MAX_HINT_BYTES = 256;
    /// `v3.metadata.json` of a table without a catalog, `00003-<uuid>.metadata.json` of one that had one; the
    /// compressed ones have `.gz` before or after.
    private static final Pattern NAME = Pattern.compile("(v?)(\\d{1,18})(-[^/]*)?(\\.gz)?\\.metadata\\.json(\\.gz)?");

    /// A file that is being written on a local disk is read once more after so long.
    private static final Duration RETRY_DELAY = Duration.ofMillis(100);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectStores stores;

    MetadataFiles(ObjectStores stores) {
        this.stores = stores;
    }

    /// The metadata of a table.
    ///
    /// @param file as it was found; null: a catalog told
    record Read(TableMetadata metadata, @Nullable ObjectInfo file) {}

    /// @param hadoop one of the names that a table without a catalog has
    private record Candidate(ObjectInfo file, boolean hadoop, long version) {
        static final Comparator<Candidate> ORDER = Comparator.comparingLong(Candidate::version)
                .thenComparing(candidate -> candidate.file().modifiedMillis())
                .thenComparing(candidate -> candidate.file().url());

        static Optional<Candidate> of(ObjectInfo file) {
            Matcher name = NAME.matcher(Locations.name(file.url()));
            return name.matches()
                    ? Optional.of(new Candidate(file, !name.group(1).isEmpty(), Long.parseLong(name.group(2))))
                    : Optional.empty();
        }
    }

    /// The metadata file of a table now.
    ///
    /// @param location canonical URL of the table's folder, or of the file
    ObjectInfo find(String location) {
        if (!location.endsWith(".metadata.json") && !location.endsWith(".metadata.json.gz")) {
            return newest(Locations.folder(location));
        }
        ObjectInfo found = stores.head(location);
        return new ObjectInfo(location, found.size(), found.modifiedMillis(), found.etag());
    }

    /// As [#find], read. A writer on a local disk may not have written all of it.
    Read current(String location) {
        try {
            return read(find(location));
        } catch (ServiceException e) {
            if (e.code() != ErrorCode.SOURCE_INVALID || !Locations.isLocal(location)) {
                throw e;
            }
            LockSupport.parkNanos(RETRY_DELAY.toNanos());
            return read(find(location));
        }
    }

    private Read read(ObjectInfo file) {
        return new Read(read(file.url()), file);
    }

    /// The newest metadata file of the table in `folder`: a writer without a catalog names the next one by
    /// its number and tells of it in a hint afterwards, so that the hint may be behind.
    ///
    /// @param folder ends in `/`
    private ObjectInfo newest(String folder) {
        List<ObjectInfo> files = stores.list(folder + "metadata/", null);
        List<Candidate> candidates =
                files.stream().flatMap(file -> Candidate.of(file).stream()).toList();
        Optional<String> hint = files.stream()
                .filter(file -> Locations.name(file.url()).equals(HINT))
                .findFirst()
                .map(file -> new String(stores.read(file.url(), 0, MAX_HINT_BYTES), StandardCharsets.UTF_8).strip());
        return hint.flatMap(text -> hinted(text, files, candidates))
                .or(() -> candidates.stream().max(Candidate.ORDER).map(Candidate::file))
                .orElseThrow(() -> new ServiceException(
                        ErrorCode.SOURCE_NOT_FOUND,
                        Locations.name(folder) + ": no Iceberg table (metadata/ has no *.metadata.json file)",
                        "name the folder of the table, or one of its metadata files"));
    }

    private static Optional<ObjectInfo> hinted(String hint, List<ObjectInfo> files, List<Candidate> candidates) {
        if (hint.matches("\\d{1,18}")) {
            long least = Long.parseLong(hint);
            return candidates.stream()
                    .filter(candidate -> candidate.hadoop() && candidate.version() >= least)
                    .max(Candidate.ORDER)
                    .map(Candidate::file);
        }
        return files.stream()
                .filter(file -> {
                    String name = Locations.name(file.url());
                    return (name.startsWith(hint + ".") || name.startsWith("v" + hint + "."))
                            && name.contains(".metadata.json");
                })
                .findFirst();
    }

    private TableMetadata read(String url) {
        String shown = "metadata/" + Locations.name(Locations.plain(url));
        try {
            return parse(shown, new ObjectInputFile(stores, url, shown, ObjectInputFile.ANY_LENGTH, null));
        } catch (UnreadableObject e) {
            throw e.failure();
        }
    }

    /// @param shown the name for messages
    static TableMetadata parse(String shown, ObjectInputFile file) {
        JsonNode root = json(shown, file);
        JsonNode version = root.path("format-version");
        if (!version.canConvertToInt() || !version.isIntegralNumber()) {
            throw damaged(shown, null);
        }
        requireReadable(shown, version.intValue());
        try {
            return TableMetadataParser.fromJson(file.location(), root);
        } catch (IllegalArgumentException | NullPointerException | ClassCastException e) {
            throw damaged(shown, e);
        } catch (UnsupportedOperationException e) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED, shown + ": has a feature of Iceberg that is not read", null, e);
        }
    }

    static void requireReadable(String shown, int formatVersion) {
        if (formatVersion > MAX_FORMAT_VERSION) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED,
                    shown + ": version " + formatVersion + " of the Iceberg format is not read (expected: 1 to "
                            + MAX_FORMAT_VERSION + ")");
        }
    }

    private static JsonNode json(String shown, ObjectInputFile file) {
        try (InputStream bytes = new BufferedInputStream(file.newStream());
                InputStream text = isCompressed(bytes) ? new GZIPInputStream(bytes) : bytes) {
            byte[] read = text.readNBytes(MAX_TEXT_BYTES);
            if (read.length == MAX_TEXT_BYTES) {
                throw new ServiceException(
                        ErrorCode.LIMIT_REACHED, shown + ": metadata over " + MAX_TEXT_BYTES + " bytes is not read");
            }
            JsonNode root = JSON.readTree(read);
            if (root == null || !root.isObject()) {
                throw damaged(shown, null);
            }
            return root;
        } catch (JsonProcessingException e) {
            // Its message quotes the text around the fault.
            throw damaged(shown, null);
        } catch (IOException e) {
            throw damaged(shown, e);
        }
    }

    private static boolean isCompressed(InputStream bytes) throws IOException {
        bytes.mark(2);
        byte[] start = bytes.readNBytes(2);
        bytes.reset();
        return start.length == 2 && start[0] == (byte) 0x1f && start[1] == (byte) 0x8b;
    }

    private static ServiceException damaged(String shown, @Nullable Exception cause) {
        return new ServiceException(
                ErrorCode.SOURCE_INVALID, shown + ": damaged, or no metadata of an Iceberg table", null, cause);
    }
}
