/// All that answers `/v1/sql`: from a statement and its parameters to rows in the form that the client takes. Entry
/// point: [SqlResource].
@NullMarked
package dev.bowyer.http.sql;

import org.jspecify.annotations.NullMarked;
