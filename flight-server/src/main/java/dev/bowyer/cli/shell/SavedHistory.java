package dev.bowyer.cli.shell;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jline.reader.impl.history.DefaultHistory;

/// What was typed before, kept in a file that only its user reads. Lines that look as if they held a
/// secret are not kept at all; a secret that looks like other text is.
final class SavedHistory extends DefaultHistory {
    static final int MAX_LINES = 10_000;

    /// Longer statements are not kept.
    static final int MAX_CHARACTERS = 16 << 10;

    private static final Pattern SECRET = Pattern.compile(
            "password|passwd|\\bpwd\\b|passphrase|secret|token|credential|bearer|authorization"
                    + "|(?:access|account|api|private|shared).?key|identified\\s+(?:by|with)"
                    + "|[?&](?:sig|signature|x-amz-signature)=" // signed addresses
                    + "|://[^\\s/@'\"]*:[^\\s@'\"]*@" // a user and a password in an address
                    + "|\\b(?:AKIA|ASIA)[0-9A-Z]{12,}|-----BEGIN ", // keys of AWS; PEM
            Pattern.CASE_INSENSITIVE);

    @Override
    public void add(Instant time, String line) {
        if (isKept(line)) {
            super.add(time, line);
        }
    }

    static boolean isKept(String line) {
        return line.length() <= MAX_CHARACTERS && !SECRET.matcher(line).find();
    }

    /// The file by the XDG rules; it is made if it does not exist, and closed to others if it does.
    ///
    /// @throws IOException when it can be neither made nor written
    static Path file(Map<String, String> environment) throws IOException {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        Path folder = state.startsWith("/")
                ? Path.of(state)
                : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home", ".")), ".local", "state");
        Path file = Files.createDirectories(folder.resolve("bowyer")).resolve("history");
        Set<PosixFilePermission> own = PosixFilePermissions.fromString("rw-------");
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        try {
            if (posix) {
                Files.createFile(file, PosixFilePermissions.asFileAttribute(own));
            } else {
                Files.createFile(file);
            }
        } catch (FileAlreadyExistsException e) {
            if (!Files.isWritable(file)) {
                throw new IOException(file + " cannot be written", e);
            }
            if (posix && !Files.getPosixFilePermissions(file).equals(own)) {
                Files.setPosixFilePermissions(file, own);
            }
        }
        return file;
    }
}
