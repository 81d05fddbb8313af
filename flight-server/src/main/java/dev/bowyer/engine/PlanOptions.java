package dev.bowyer.engine;

import dev.bowyer.dataset.DatasetName;

/// How a statement is planned.
///
/// @param defaultNamespace of table names without one
public record PlanOptions(String defaultNamespace, ResultTypes types) {
    public static final PlanOptions DEFAULT = new PlanOptions(DatasetName.DEFAULT_NAMESPACE, ResultTypes.COMPATIBLE);
}
