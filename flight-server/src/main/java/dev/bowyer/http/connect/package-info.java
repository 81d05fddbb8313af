/// What to paste in order to reach a server, for its connect page and for the console. Entry point:
/// [ConnectSnippets].
@NullMarked
package dev.bowyer.http.connect;

import org.jspecify.annotations.NullMarked;
