/// What Flight SQL clients ask about the server and its tables. Entry point: [SqlMetadata]. Knows the catalog and
/// constants; plans and runs nothing.
@NullMarked
package dev.bowyer.flight.metadata;

import org.jspecify.annotations.NullMarked;
