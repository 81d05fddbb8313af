/// Whether the server takes queries, and which may run now. It knows callers by name and nothing
/// of SQL, engines or protocols.
@NullMarked
package dev.bowyer.admission;

import org.jspecify.annotations.NullMarked;
