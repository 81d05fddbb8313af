package dev.bowyer.cli;

/// What a command leaves to the shell.
final class ExitCode {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int CONFIGURATION = 3;

    private ExitCode() {}
}
