/// The commands. Entry point: [Cli]. Talks to a server only through `dev.bowyer.client`, and starts one only through
/// `App`.
@NullMarked
package dev.bowyer.cli;

import org.jspecify.annotations.NullMarked;
