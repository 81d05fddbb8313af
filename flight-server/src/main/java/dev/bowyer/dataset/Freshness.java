package dev.bowyer.dataset;

import dev.bowyer.error.ServiceException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How fresh what is known of a dataset is.
///
/// @param succeeded when its files were last looked at and were good
/// @param failure of the last look, if that went wrong: the version before it is kept
/// @param drifted whether its columns are others than when it was registered
public record Freshness(Instant succeeded, @Nullable ServiceException failure, boolean drifted) {}
