/// What exists: datasets, where their data lies and what columns they have. Entry point: [Catalog]. Does not
/// know how a query runs over a dataset, and reaches files only through [TableOpener].
@NullMarked
package dev.bowyer.dataset;

import org.jspecify.annotations.NullMarked;
