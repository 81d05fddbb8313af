package dev.bowyer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Rules for the text of the tree that no compiler holds.
final class SourceRulesTest {
    private static final int MAX_LINES = 400;
    private static final Set<String> NOT_OURS = Set.of("target", "node_modules", "__pycache__", "build", "generated");

    /// Skipped tests, and waiting by the clock in place of a condition. Written so that this file does not match.
    private static final Pattern BANNED =
            Pattern.compile("@Disable[d]\\b|#\\[ignor[e]\\b|\\bThread\\.slee[p]\\(|\\bthread::slee[p]\\(");

    /// A back-ticked word of two humps or more, such as `QueryService` would be: in a document it names a type.
    private static final Pattern NAMED_TYPE = Pattern.compile("`([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+)`");

    /// A declared type of ours, or the last word of an import: a foreign type that the code really uses.
    private static final Pattern KNOWN_TYPE = Pattern.compile(
            "\\b(?:class|record|interface|enum|struct|trait|type|union|message) (\\w+)|\\bimport [\\w.]+\\.(\\w+);");

    /// Names from the Flight and Arrow specifications, which are nobody's Java type.
    private static final Set<String> SPECIFIED = Set.of(
            "GetFlightInfo",
            "PollFlightInfo",
            "GetSchema",
            "DoGet",
            "DoPut",
            "DoExchange",
            "DoAction",
            "ListActions",
            "ListFlights",
            "FlightInfo",
            "FlightDescriptor",
            "FlightData",
            "RecordBatch",
            "DataFusion");

    private static final Path ROOT =
            Path.of(System.getProperty("bowyer.root", "..")).toAbsolutePath().normalize();

    @Test
    void sourceFilesHaveAtMostFourHundredLines() {
        Map<Path, Integer> tooLong = new TreeMap<>();
        for (Path file : files(".java", ".rs")) {
            int lines = (int) read(file).lines().count();
            if (lines > MAX_LINES) {
                tooLong.put(ROOT.relativize(file), lines);
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void noTestIsSkippedAndNothingWaitsByTheClock() {
        List<String> found = new ArrayList<>();
        for (Path file : files(".java", ".rs")) {
            matches(BANNED, file)
                    .map(match -> ROOT.relativize(file) + ": " + match.group())
                    .forEach(found::add);
        }
        assertThat(found).isEmpty();
    }

    @Test
    void typesNamedInDocumentsExist() {
        Set<String> known = new HashSet<>(SPECIFIED);
        for (Path file : files(".java", ".rs", ".proto")) {
            known.add(file.getFileName().toString().replaceFirst("\\..*", ""));
            matches(KNOWN_TYPE, file)
                    .map(match -> match.group(1) != null ? match.group(1) : match.group(2))
                    .forEach(known::add);
        }
        List<String> unknown = new ArrayList<>();
        for (Path file : files(".md")) {
            if (ROOT.equals(file.getParent()) || file.startsWith(ROOT.resolve("docs"))) {
                matches(NAMED_TYPE, file)
                        .filter(match -> !known.contains(match.group(1)))
                        .forEach(match -> unknown.add(ROOT.relativize(file) + ": " + match.group()));
            }
        }
        assertThat(unknown).isEmpty();
    }

    private static Stream<MatchResult> matches(Pattern pattern, Path file) {
        return pattern.matcher(read(file)).results();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> files(String... endings) {
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    String name = directory.getFileName().toString();
                    boolean skipped = !directory.equals(ROOT) && (name.startsWith(".") || NOT_OURS.contains(name));
                    return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (Stream.of(endings).anyMatch(file.toString()::endsWith)) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }
}
