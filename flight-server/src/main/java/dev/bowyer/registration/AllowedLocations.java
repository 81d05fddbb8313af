package dev.bowyer.registration;

import dev.bowyer.dataset.Source;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Where datasets may lie that callers register: whoever can name any file of the server's machine can read
/// it. What the configuration file names is not asked here.
///
/// A location is taken only if it means the same to everybody who reads it: no `..`, no codes such as `%2e`.
/// Symbolic links count as what they lead to, and a folder is refused that holds one which leads out. What
/// lies there later is up to those who can write to these folders.
public final class AllowedLocations {
    /// Files and folders below a location that are looked at for links.
    static final int MAX_ENTRIES = 1_000_000;

    private static final Pattern GLOB = Pattern.compile(".*[*?\\[{].*");
    private static final Pattern CODE = Pattern.compile("%(?:2e|2f|5c|25|[01][0-9a-f]|7f)");

    private final List<Path> folders;
    private final Set<String> prefixes;

    /// @param folders below which local files may be registered
    /// @param prefixes of stores, URLs ending in `/`
    public AllowedLocations(List<Path> folders, Set<String> prefixes) {
        this.folders = folders.stream()
                .map(folder -> folder.toAbsolutePath().normalize())
                .toList();
        this.prefixes = Set.copyOf(prefixes);
    }

    /// Blocks on local files.
    ///
    /// @throws ServiceException PERMISSION_DENIED for what lies elsewhere; SOURCE_NOT_FOUND for a local path
    ///     below an allowed folder where nothing is; LIMIT_REACHED over [#MAX_ENTRIES]
    public void check(Source source) {
        switch (source) {
            case Source.Lake lake when lake.catalog() != null -> {}
            case Source.Lake lake -> check(lake.location());
            case Source.Files files -> check(files.location());
        }
    }

    private void check(String location) {
        boolean isFileUrl = location.startsWith("file://");
        if (location.chars().anyMatch(Character::isISOControl) || location.indexOf('\\') >= 0) {
            throw denied(location, "it has a control character or a backslash", "write it plainly");
        }
        if (isFileUrl || !location.contains("://")) {
            checkLocal(location, isFileUrl ? location.substring("file://".length()) : location);
        } else {
            checkRemote(location);
        }
    }

    private void checkRemote(String location) {
        String url = location.replaceFirst("^s3[an]://", "s3://");
        boolean isBelow = prefixes.stream().anyMatch(prefix -> url.startsWith(prefix) || (url + "/").equals(prefix));
        if (!isBelow) {
            throw denied(location, "it is below none of the configured stores", "the configuration names them: stores");
        }
        requirePlain(location, url.substring(url.indexOf("://") + 3));
        if (url.indexOf('#') >= 0 || CODE.matcher(url.toLowerCase(Locale.ROOT)).find()) {
            throw denied(location, "it has a code in it, or a #", "write it plainly");
        }
    }

    private void checkLocal(String location, String path) {
        if (folders.isEmpty()) {
            throw denied(
                    location,
                    "local files are registered in the configuration file only",
                    "server.datasets-below names folders whose files may be registered at run time");
        }
        if (!path.startsWith("/") || path.indexOf('%') >= 0) {
            throw denied(location, "it is no absolute path, or has a code in it", "write the whole path, plainly");
        }
        requirePlain(location, path);
        try {
            Path base = base(path);
            if (folders.stream().noneMatch(folder -> base.startsWith(folder) || isBelowReal(base, folder))) {
                throw outside(location);
            }
            Path real = base.toRealPath();
            requireBelow(location, real);
            if (Files.isDirectory(real)) {
                requireLinksStay(location, real);
            }
        } catch (InvalidPathException e) {
            throw denied(location, "it is no path: " + e.getReason(), "write the whole path, plainly");
        } catch (NoSuchFileException e) {
            throw new ServiceException(
                    ErrorCode.SOURCE_NOT_FOUND, "location \"" + location + "\": nothing is there", null, e);
        } catch (IOException | UncheckedIOException e) {
            throw new ServiceException(
                    ErrorCode.SOURCE_NOT_FOUND, "location \"" + location + "\": cannot be looked at", null, e);
        }
    }

    /// The part before the first name with a wildcard.
    private static Path base(String path) {
        Path base = Path.of("/");
        for (String name : path.split("/", -1)) {
            if (GLOB.matcher(name).matches()) {
                break;
            }
            base = base.resolve(name);
        }
        return base;
    }

    private static void requirePlain(String location, String path) {
        if (Arrays.stream(path.split("/", -1)).anyMatch(name -> name.equals("..") || name.equals("."))) {
            throw denied(location, "it has a name that is . or ..", "write it plainly");
        }
    }

    private void requireLinksStay(String location, Path folder) throws IOException {
        int seen = 0;
        try (Stream<Path> entries = Files.walk(folder)) {
            for (Iterator<Path> all = entries.iterator(); all.hasNext(); ) {
                Path entry = all.next();
                seen++;
                if (seen > MAX_ENTRIES) {
                    throw new ServiceException(
                            ErrorCode.LIMIT_REACHED,
                            "location \"" + location + "\": more than " + MAX_ENTRIES + " files",
                            "name it in the configuration file");
                }
                if (Files.isSymbolicLink(entry)) {
                    requireBelow(location, target(location, entry));
                }
            }
        }
    }

    private static Path target(String location, Path link) {
        try {
            return link.toRealPath();
        } catch (IOException _) {
            throw denied(location, "a symbolic link there leads nowhere", "remove the link");
        }
    }

    private void requireBelow(String location, Path real) {
        if (folders.stream().noneMatch(folder -> isBelowReal(real, folder))) {
            throw outside(location);
        }
    }

    private static boolean isBelowReal(Path path, Path folder) {
        try {
            return path.startsWith(folder.toRealPath());
        } catch (IOException _) {
            return false;
        }
    }

    /// The same whether something is there or not.
    private static ServiceException outside(String location) {
        return denied(
                location,
                "it is, or leads, outside of the folders whose files may be registered",
                "the configuration names them: server.datasets-below");
    }

    private static ServiceException denied(String location, String why, String hint) {
        return new ServiceException(
                ErrorCode.PERMISSION_DENIED,
                "location \"" + location.replaceAll("\\p{Cntrl}", "?") + "\" may not be registered: " + why,
                hint);
    }
}
