package dev.bowyer.clients;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.jspecify.annotations.Nullable;

/// Runs pieces of Java, in a virtual machine of its own with the class path of this one.
final class SnippetShell implements AutoCloseable {
    static final List<String> ARROW_FLAGS =
            List.of("--add-opens=java.base/java.nio=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final JShell shell;

    /// @param folder that relative paths are relative to
    SnippetShell(Path folder) {
        List<String> options = new ArrayList<>(ARROW_FLAGS);
        options.addAll(List.of("--class-path", classPath(), "--enable-native-access=ALL-UNNAMED"));
        options.addAll(List.of("-Duser.dir=" + folder, "-Dstdout.encoding=UTF-8"));
        shell = JShell.builder()
                .out(new PrintStream(printed, true, StandardCharsets.UTF_8))
                .err(System.err)
                .compilerOptions("--class-path", classPath())
                .remoteVMOptions(options.toArray(String[]::new))
                .build();
    }

    static String classPath() {
        return Objects.requireNonNull(System.getProperty("java.class.path"));
    }

    /// Runs statements and declarations one after the other.
    ///
    /// @return what was declared
    /// @throws AssertionError with the failed one and what is wrong with it
    List<Snippet> run(String text) {
        List<Snippet> declared = new ArrayList<>();
        String rest = text;
        while (!rest.isBlank()) {
            CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            if (!next.completeness().isComplete()) {
                throw new AssertionError("this is not complete:\n" + rest);
            }
            for (SnippetEvent event : shell.eval(next.source())) {
                check(event, next.source());
                if (event.causeSnippet() == null && event.snippet().kind().isPersistent()) {
                    declared.add(event.snippet());
                }
            }
            rest = next.remaining();
        }
        return declared;
    }

    /// Compiles statements without running them.
    void compile(String text) {
        run("void compiled() throws Exception {\n" + text + "\n}").forEach(shell::drop);
    }

    void drop(List<Snippet> declared) {
        declared.stream()
                .filter(snippet -> snippet.kind() != Snippet.Kind.IMPORT
                        && shell.status(snippet).isActive())
                .forEach(shell::drop);
    }

    /// The value of an expression, as JShell shows it.
    @Nullable
    String value(String expression) {
        SnippetEvent event = shell.eval(expression).getFirst();
        check(event, expression);
        return event.value();
    }

    /// What was printed since the last call.
    String printed() {
        String text = printed.toString(StandardCharsets.UTF_8);
        printed.reset();
        return text;
    }

    private void check(SnippetEvent event, String source) {
        JShellException exception = event.exception();
        if (exception != null) {
            throw new AssertionError(source + "\n" + described(exception), exception);
        }
        if (event.status() != Snippet.Status.VALID) {
            String problems = shell.diagnostics(event.snippet())
                    .map(problem -> problem.getMessage(Locale.ROOT))
                    .collect(Collectors.joining("\n"));
            String unresolved = event.snippet() instanceof jdk.jshell.DeclarationSnippet declaration
                    ? shell.unresolvedDependencies(declaration).collect(Collectors.joining(", "))
                    : "";
            throw new AssertionError(source + "\n" + event.status() + ": " + problems + " " + unresolved);
        }
    }

    private static String described(Throwable exception) {
        String name = exception instanceof EvalException thrown ? thrown.getExceptionClassName() : "";
        Throwable cause = exception.getCause();
        return name + ": " + exception.getMessage() + (cause == null ? "" : "\nbecause of " + described(cause));
    }

    @Override
    public void close() {
        shell.close();
    }
}
