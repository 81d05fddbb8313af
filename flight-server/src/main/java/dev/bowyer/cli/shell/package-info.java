/// An interactive session. Entry points: [Session] for what a statement or command does, [Script] and [LineConsole] for
/// where it comes from.
@NullMarked
package dev.bowyer.cli.shell;

import org.jspecify.annotations.NullMarked;
