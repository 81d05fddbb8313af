package dev.bowyer.cli;

import dev.bowyer.cli.output.Terminal;
import dev.bowyer.cli.output.VisibleText;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Shows what went wrong as `error[CODE]: message` and `hint: ...`, and tells the exit code.
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
    private final Terminal terminal;

    Failures(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) throws Exception {
        return switch (failure) {
            case ServiceException e -> {
                show(e.code().name(), String.valueOf(e.getMessage()), e.hint());
                yield e.code() == ErrorCode.INVALID_CONFIG ? ExitCode.CONFIGURATION : ExitCode.FAILED;
            }
            case BowyerException e -> {
                show(e.code(), String.valueOf(e.getMessage()), e.hint());
                yield ExitCode.FAILED;
            }
            default -> {
                show("INTERNAL", failure.toString(), "this is a bug; the stack trace follows");
                StringWriter trace = new StringWriter();
                failure.printStackTrace(new PrintWriter(trace));
                terminal.err().print(VisibleText.lines(trace.toString()));
                terminal.err().flush();
                yield ExitCode.FAILED;
            }
        };
    }

    @Override
    public int handleParseException(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        String hint = "see `" + command.getCommandSpec().qualifiedName() + " --help`";
        if (failure instanceof UnmatchedArgumentException unmatched) {
            hint = nearest(unmatched) + hint;
        }
        show("USAGE", String.valueOf(failure.getMessage()), hint);
        return ExitCode.USAGE;
    }

    /// The library suggests something for every word, however far it is.
    private static String nearest(UnmatchedArgumentException unmatched) {
        String wrong = unmatched.getUnmatched().getFirst();
        return unmatched.getSuggestions().stream()
                .filter(known -> NearestNames.hint(wrong, Stream.of(known)) != null)
                .findFirst()
                .map(known -> "did you mean " + known + "? ")
                .orElse("");
    }

    void show(String code, String message, @Nullable String hint) {
        terminal.showError(code, message, hint);
    }
}
