package dev.bowyer.engine;

import org.jspecify.annotations.Nullable;

/// How a plan is run. Two are not to be compared: the array is kept as it is, and compared by identity.
///
/// @param parameters what [Plan#bind] gave; empty for a statement without parameters. Not copied
/// @param part which part of the result, from 0; see [Plan#parts]
/// @param parts of how many; part 0 of 1 is everything
/// @param format of the messages
/// @param limit most rows of this run, known to the scans below it; null: no limit. Only of a whole result:
///     with several parts `execute` refuses it with INVALID_ARGUMENT, as it does one below 0
@SuppressWarnings("ArrayRecordComponent")
public record RunOptions(
        ExecutionLimits limits,
        byte[] parameters,
        int part,
        int parts,
        OutputFormat format,
        @Nullable Long limit) {
    private static final byte[] NO_PARAMETERS = {};

    /// The whole result of a statement without parameters, as Arrow.
    public static RunOptions of(ExecutionLimits limits) {
        return new RunOptions(limits, NO_PARAMETERS, 0, 1, OutputFormat.ARROW, null);
    }

    public RunOptions withParameters(byte[] parameters) {
        return new RunOptions(limits, parameters, part, parts, format, limit);
    }

    public RunOptions withPart(int part, int parts) {
        return new RunOptions(limits, parameters, part, parts, format, limit);
    }

    public RunOptions withFormat(OutputFormat format) {
        return new RunOptions(limits, parameters, part, parts, format, limit);
    }

    public RunOptions withLimit(@Nullable Long limit) {
        return new RunOptions(limits, parameters, part, parts, format, limit);
    }
}
