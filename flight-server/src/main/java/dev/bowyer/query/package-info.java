/// The life of a query: resolved, planned, run, cancelled. Entry point: [QueryService]. Knows the catalog and
/// the engine, and nothing of protocols.
@NullMarked
package dev.bowyer.query;

import org.jspecify.annotations.NullMarked;
