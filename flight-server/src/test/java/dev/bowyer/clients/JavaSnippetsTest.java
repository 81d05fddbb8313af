package dev.bowyer.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.clients.JavaSnippets.Manner;
import dev.bowyer.clients.JavaSnippets.Snippet;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Everything that the pages on the Java client show is run: the files of the tutorial are served, its blocks
/// run one after the other, those of the how-to each alone, with the imports of its first block and a
/// `client`. Those of the README are compiled. The address of the pages stands for the server's. See
/// `JavaSnippets` for how a page is marked.
@Timeout(300)
final class JavaSnippetsTest {
    private static final String ADDRESS = "grpc://localhost:8815";
    private static final Pattern FILE = Pattern.compile("cat > (\\S+) <<'END'\\n(.*?)\\nEND\\n", Pattern.DOTALL);
    private static final Pattern MAIN = Pattern.compile("public class (\\w+) \\{\\s+public static void main");
    private static final Path ROOT = Path.of(System.getProperty("bowyer.root", ".."));
    private static final Path README = ROOT.resolve("README.md");
    private static final Path TUTORIAL = ROOT.resolve("docs/tutorial/java-client.md");
    private static final Path HOW_TO = ROOT.resolve("docs/how-to/java-client.md");
    private static final long SCRIPT_SECONDS = 120;

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static LakeServer server;

    @BeforeAll
    static void start() throws IOException {
        StringBuilder datasets = new StringBuilder("datasets:\n");
        Matcher file = FILE.matcher(Files.readString(TUTORIAL));
        while (file.find()) {
            Path path = Files.writeString(folder.resolve(file.group(1)), file.group(2) + "\n");
            datasets.append("  - { name: " + file.group(1).replace(".csv", "") + ", from: \"" + path + "\" }\n");
        }
        server = LakeServer.start(folder, datasets.toString());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void theTutorialRunsFromTopToBottomAndTheReadmeCompiles() throws IOException {
        List<String> wrong = new ArrayList<>();
        try (SnippetShell shell = new SnippetShell(folder)) {
            shell.run(snippets(HOW_TO).getFirst().text());
            for (Snippet snippet : snippets(TUTORIAL)) {
                shell.run(snippet.text());
                Matcher main = MAIN.matcher(snippet.text());
                if (main.find()) {
                    shell.run(main.group(1) + ".main(new String[0]);");
                }
                compare(TUTORIAL, snippet, shell.printed(), wrong);
            }
            for (Snippet snippet : snippets(README)) {
                shell.compile(snippet.text());
            }
        }
        assertThat(String.join("\n", wrong)).isEmpty();
    }

    @Test
    void eachSnippetOfTheHowToRunsAlone() throws IOException {
        List<String> wrong = new ArrayList<>();
        try (SnippetShell shell = new SnippetShell(folder)) {
            List<Snippet> snippets = snippets(HOW_TO);
            shell.run(snippets.getFirst().text());
            shell.run("BowyerClient client = BowyerClient.connect(\"" + server.uri() + "\");");
            for (Snippet snippet : snippets.subList(1, snippets.size())) {
                try {
                    switch (snippet.manner()) {
                        case RUN -> shell.drop(shell.run(snippet.text()));
                        case COMPILE_ONLY -> shell.compile(snippet.text());
                        case JSHELL_SCRIPT, NOTEBOOK_CELL -> {
                            continue;
                        }
                    }
                    compare(HOW_TO, snippet, shell.printed(), wrong);
                } catch (AssertionError e) {
                    wrong.add(HOW_TO.getFileName() + ":" + snippet.line() + ": " + e.getMessage());
                }
            }
            assertThat(String.join("\n", wrong)).isEmpty();
            assertThat(shell.value("client.memoryHeld()")).isEqualTo("0");
            shell.run("client.close();");
        }
    }

    @Test
    void theScriptRunsInJshell() throws Exception {
        List<String> wrong = new ArrayList<>();
        List<Snippet> scripts = snippets(HOW_TO).stream()
                .filter(snippet -> snippet.manner() == Manner.JSHELL_SCRIPT)
                .toList();
        assertThat(scripts).isNotEmpty();
        for (Snippet script : scripts) {
            compare(HOW_TO, script, jshell(Files.writeString(folder.resolve("page.jsh"), script.text())), wrong);
        }
        assertThat(String.join("\n", wrong)).isEmpty();
    }

    private static String jshell(Path script) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "jshell").toString());
        command.addAll(List.of("--class-path", SnippetShell.classPath()));
        command.add("-J-Djava.util.prefs.userRoot=" + folder); // JShell keeps its history there
        SnippetShell.ARROW_FLAGS.forEach(flag -> command.add("-R" + flag));
        command.add(script.toString());
        Path output = folder.resolve("jshell.txt");
        Path errors = folder.resolve("jshell-errors.txt");
        Process process = new ProcessBuilder(command)
                .redirectError(errors.toFile())
                .redirectInput(
                        Redirect.from(Files.createFile(folder.resolve("empty")).toFile()))
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(SCRIPT_SECONDS, TimeUnit.SECONDS))
                    .as("jshell ends")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as(Files.readString(output) + Files.readString(errors))
                .isZero();
        return Files.readString(output);
    }

    @Test
    void thePageNamesEveryCode() throws Exception {
        String page = Files.readString(HOW_TO);
        for (Field code : ErrorCodes.class.getFields()) {
            assertThat(page).contains("| " + code.get(null) + " |");
        }
        assertThat(page.lines().filter(line -> line.matches("\\| [A-Z_]+ \\|.*")))
                .hasSize(ErrorCodes.class.getFields().length);
    }

    private static List<Snippet> snippets(Path page) throws IOException {
        String text = Files.readString(page).replace(ADDRESS, server.uri().toString());
        List<Snippet> snippets = JavaSnippets.of(text);
        long fences = text.lines().filter(line -> line.startsWith("```java")).count();
        assertThat(snippets).as("blocks of " + page).hasSize((int) fences).isNotEmpty();
        return snippets;
    }

    private static void compare(Path page, Snippet snippet, String printed, List<String> wrong) {
        String expected = snippet.prints();
        if (expected != null && !stripped(expected).equals(stripped(printed))) {
            wrong.add(page.getFileName() + ":" + snippet.line() + " prints\n" + printed);
        }
    }

    /// Blanks at the ends of lines are not seen on a page.
    private static String stripped(String text) {
        return String.join(
                "\n",
                Arrays.stream(text.strip().split("\n"))
                        .map(String::stripTrailing)
                        .toList());
    }
}
