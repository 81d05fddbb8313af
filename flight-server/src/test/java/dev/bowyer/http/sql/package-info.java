@NullMarked
package dev.bowyer.http.sql;

import org.jspecify.annotations.NullMarked;
