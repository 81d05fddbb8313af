package dev.bowyer.registration;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was registered at run time, in one JSON file with a checksum. A write makes a new file beside it,
/// forces that to the disk and renames it, so that the file is the old or the new one at every moment. What
/// was good before is kept in a second file, for the case that something else damages the first.
///
/// Of one server alone, which a lock on a third file sees to until [#close], or until the process is gone. Not
/// thread-safe.
public final class RegistrationStore implements AutoCloseable {
    static final String FILE = "registrations.json";
    static final String LOCK = FILE + ".lock";
    static final String PREVIOUS = FILE + ".previous";
    /// Where a damaged file is kept for people to look at.
    static final String DAMAGED = FILE + ".damaged";
    /// Largest file that is read.
    static final long MAX_BYTES = 1L << 30;

    private static final int VERSION = 1;
    private static final Logger LOG = LoggerFactory.getLogger(RegistrationStore.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final @Nullable Path folder;
    private final @Nullable FileChannel lock;
    private final List<ServiceException> problems = new ArrayList<>();
    private List<Registration> registrations = List.of();
    private byte @Nullable [] lastGood;
    private boolean isDamaged;

    private RegistrationStore(@Nullable Path folder, @Nullable FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /// One that remembers nothing past the end of the process.
    public static RegistrationStore forgetful() {
        return new RegistrationStore(null, null);
    }

    /// Reads what is there. A file that is torn or changed is reported by [#problems], and the one before it
    /// is used.
    ///
    /// @throws ServiceException INVALID_CONFIG if the folder cannot be made, read or written, is another server's,
    ///     or holds a file of a newer server
    public static RegistrationStore open(Path folder) {
        FileChannel lock = null;
        try {
            Files.createDirectories(folder);
            lock = locked(folder);
            RegistrationStore store = new RegistrationStore(folder, lock);
            store.read(folder);
            lock = null;
            return store;
        } catch (IOException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_CONFIG,
                    "server.data-folder: " + folder + " cannot be used: "
                            + (e instanceof NoSuchFileException ? "it cannot be made" : reason(e)),
                    "name a folder that this user may write to, or none: registrations then end with the process",
                    e);
        } finally {
            release(lock);
        }
    }

    /// Opened for writing, so that a folder that is read-only is found at the start.
    private static FileChannel locked(Path folder) throws IOException {
        FileChannel file = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (file.tryLock() != null) {
                return file;
            }
        } catch (OverlappingFileLockException _) {
            // Of this process itself.
        } catch (IOException e) {
            release(file);
            throw e;
        }
        release(file);
        throw new ServiceException(
                ErrorCode.INVALID_CONFIG,
                "server.data-folder: " + folder + " is used by another server that runs",
                "give each server a folder of its own, or stop the other one");
    }

    private static void release(@Nullable FileChannel lock) {
        if (lock == null) {
            return;
        }
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("the lock of the data folder was not released", e);
        }
    }

    /// Lets another server have the folder.
    @Override
    public void close() {
        release(lock);
    }

    /// As of the start.
    List<Registration> registrations() {
        return registrations;
    }

    /// What was wrong with the files.
    List<ServiceException> problems() {
        return List.copyOf(problems);
    }

    private void read(Path place) throws IOException {
        Content current = content(place.resolve(FILE));
        Content before = current instanceof Content.Good ? new Content.Absent() : content(place.resolve(PREVIOUS));
        isDamaged = current instanceof Content.Bad;
        String lost = switch (current) {
            case Content.Good good -> {
                use(good);
                yield null;
            }
            case Content.Absent _ -> before instanceof Content.Absent ? null : "is gone";
            case Content.Bad(String why) -> "is damaged: " + why;
        };
        if (lost == null) {
            return;
        }
        String instead = "there is none before it, and no dataset is restored";
        if (before instanceof Content.Good good) {
            use(good);
            instead = "the one before it is used";
        }
        problems.add(new ServiceException(
                ErrorCode.SOURCE_INVALID,
                FILE + " in the data folder " + lost + "; " + instead,
                "look at what is registered, and register again what is missing"));
    }

    private void use(Content.Good good) {
        registrations = good.registrations();
        lastGood = good.bytes();
    }

    /// What lies in a file.
    private sealed interface Content {
        record Absent() implements Content {}

        record Bad(String why) implements Content {}

        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Good(List<Registration> registrations, byte[] bytes) implements Content {}
    }

    private static Content content(Path file) throws IOException {
        try {
            if (Files.size(file) > MAX_BYTES) {
                return new Content.Bad("it is over " + MAX_BYTES + " bytes");
            }
            byte[] bytes = Files.readAllBytes(file);
            return parse(bytes);
        } catch (NoSuchFileException _) {
            return new Content.Absent();
        }
    }

    private static Content parse(byte[] bytes) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(bytes);
        } catch (JsonProcessingException _) {
            return new Content.Bad("it is no JSON");
        }
        JsonNode datasets = root.path("datasets");
        if (!root.path("version").isIntegralNumber() || !datasets.isArray()) {
            return new Content.Bad("it is not of this kind");
        }
        if (root.path("version").asLong() > VERSION) {
            throw new ServiceException(
                    ErrorCode.INVALID_CONFIG,
                    "server.data-folder: " + FILE + " has version " + root.path("version") + " (expected: at most "
                            + VERSION + ")",
                    "start the newer server that wrote it, or use another folder");
        }
        if (!checksum(datasets).equals(root.path("sha256").asText())) {
            return new Content.Bad("its checksum is wrong");
        }
        List<Registration> read = new ArrayList<>();
        try {
            datasets.forEach(entry -> read.add(Registration.of(entry)));
        } catch (ServiceException e) {
            return new Content.Bad(e.describe());
        }
        return new Content.Good(List.copyOf(read), bytes);
    }

    /// Remembers exactly `all`. When it fails, what was remembered before still is.
    ///
    /// @throws ServiceException UNAVAILABLE if that cannot be written
    void write(Collection<Registration> all) {
        Path place = folder;
        if (place == null) {
            return;
        }
        byte[] bytes = text(all);
        try {
            if (lastGood != null) {
                replace(place, PREVIOUS, lastGood);
            }
            if (isDamaged) {
                Files.move(place.resolve(FILE), place.resolve(DAMAGED), StandardCopyOption.REPLACE_EXISTING);
                isDamaged = false;
            }
            replace(place, FILE, bytes);
            lastGood = bytes;
        } catch (IOException e) {
            LOG.error("registrations cannot be written to {}", place, e);
            throw new ServiceException(
                    ErrorCode.UNAVAILABLE,
                    "the change cannot be remembered, so it was not made: the server's data folder: " + reason(e),
                    "make room in the folder, or make it writable, and try again",
                    e);
        }
    }

    private static byte[] text(Collection<Registration> all) {
        ObjectNode root = JSON.createObjectNode().put("version", VERSION);
        ArrayNode datasets = JSON.createArrayNode();
        all.forEach(registration -> datasets.add(registration.json()));
        root.put("sha256", checksum(datasets));
        root.set("datasets", datasets);
        return (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String checksum(JsonNode datasets) {
        try {
            byte[] text = datasets.toString().getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /// A file is either the old or the new one, whatever happens and whenever.
    private void replace(Path place, String name, byte[] bytes) throws IOException {
        Path file = place.resolve(name);
        Path unfinished = place.resolve(name + ".unfinished");
        try {
            writeThrough(unfinished, bytes);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            deleteAfter(e, unfinished);
            throw e;
        }
        try {
            forceFolder(place);
        } catch (IOException e) {
            putBack(e, file);
            throw e;
        }
    }

    private static void writeThrough(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
    }

    /// Makes a rename last.
    private static void forceFolder(Path place) throws IOException {
        try (FileChannel channel = FileChannel.open(place, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// The rename may or may not last; the caller is told that nothing was changed.
    private void putBack(IOException reason, Path file) {
        try {
            if (lastGood == null) {
                Files.deleteIfExists(file);
            } else {
                Path again = file.resolveSibling(file.getFileName() + ".unfinished");
                writeThrough(again, lastGood);
                Files.move(again, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private static void deleteAfter(IOException reason, Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /// Without paths, which are not for callers.
    private static String reason(IOException failure) {
        return switch (failure) {
            case AccessDeniedException _ -> "permission denied";
            case NoSuchFileException _ -> "it is gone";
            case FileAlreadyExistsException _ -> "it is a file";
            case FileSystemException known when known.getReason() != null -> known.getReason();
            case FileSystemException known -> known.getClass().getSimpleName();
            default -> String.valueOf(failure.getMessage());
        };
    }
}
