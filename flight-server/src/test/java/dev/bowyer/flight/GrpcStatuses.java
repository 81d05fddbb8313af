package dev.bowyer.flight;

import dev.bowyer.error.ErrorCode;

/// The status that Flight clients get, for pages about both protocols.
public final class GrpcStatuses {
    private GrpcStatuses() {}

    public static String of(ErrorCode code) {
        return StatusMapping.code(code).name();
    }
}
