/// What the commands show: text, tables, JSON, files and progress. Knows no command.
@NullMarked
package dev.bowyer.cli.output;

import org.jspecify.annotations.NullMarked;
