/// The query engine in `libbowyer`, called through `java.lang.foreign`. Entry point: [NativeEngine];
/// [TpchGenerator] and [RowWriter] need no engine. From the bottom up: [NativeCalls] holds the C functions,
/// [NativeBorder] turns bytes, JSON and errors into Java, [NativeHandle] frees things once. `native/README.md` has
/// the table of the C functions.
@NullMarked
package dev.bowyer.engine.datafusion;

import org.jspecify.annotations.NullMarked;
