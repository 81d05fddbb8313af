/// The program: `Main` is the entry point, `App` wires the parts together as one list and closes them in reverse.
///
/// `App` sees every package below; of those, only `cli` sees `App`. Nothing is decided here.
@NullMarked
package dev.bowyer;

import org.jspecify.annotations.NullMarked;
