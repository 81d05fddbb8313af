package dev.bowyer.engine;

/// How a plan is run. Two are not to be compared: the array is kept as it is, and compared by identity.
///
/// @param parameters what [Plan#bind] gave; empty for a statement without parameters. Not copied
/// @param part which part of the result, from 0; see [Plan#parts]
/// @param parts of how many; part 0 of 1 is everything
@SuppressWarnings("ArrayRecordComponent")
public record RunOptions(ExecutionLimits limits, byte[] parameters, int part, int parts) {
    private static final byte[] NO_PARAMETERS = {};

    /// The whole result of a statement without parameters.
    public static RunOptions of(ExecutionLimits limits) {
        return new RunOptions(limits, NO_PARAMETERS, 0, 1);
    }
}
