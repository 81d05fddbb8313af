package dev.bowyer.client.sink;

import dev.bowyer.client.frame.Sink;
import tech.tablesaw.api.Table;

/**
 * Rows as a table of Tablesaw, which needs {@code tech.tablesaw:tablesaw-core} on the class path.
 *
 * <table>
 *   <caption>Columns of the Arrow types</caption>
 *   <tr><th>Arrow</th><th>Tablesaw</th></tr>
 *   <tr><td>bool</td><td>BooleanColumn</td></tr>
 *   <tr><td>int8, int16, int32, uint8, uint16</td><td>IntColumn</td></tr>
 *   <tr><td>int64, uint32</td><td>LongColumn</td></tr>
 *   <tr><td>float16, float32</td><td>FloatColumn; NaN is missing</td></tr>
 *   <tr><td>float64</td><td>DoubleColumn; NaN is missing</td></tr>
 *   <tr><td>date32, date64</td><td>DateColumn</td></tr>
 *   <tr><td>time, timestamp without a zone, timestamp with a zone</td>
 *       <td>TimeColumn, DateTimeColumn, InstantColumn, which have milliseconds and years of 16 bits: any other value is
 *       a TYPE_MISMATCH</td></tr>
 *   <tr><td>texts</td><td>StringColumn; an empty text is missing, there and below</td></tr>
 *   <tr><td>all others: decimals, uint64, binary values, durations, intervals, lists, structs, maps, unions</td>
 *       <td>StringColumn, as text like that of {@link CsvSink}; nothing of a decimal is lost so</td></tr>
 * </table>
 *
 * NULL is Tablesaw's missing value. Its columns of integers have a number for it, the smallest: where that is a value,
 * it is a TYPE_MISMATCH. Tablesaw's names of columns do without case, so a second one gets underscores appended.
 *
 * <pre>{@code
 * Table trips = client.sql("SELECT * FROM trips").into(TablesawSink.table());
 * }</pre>
 */
public final class TablesawSink {
    private TablesawSink() {}

    /** @return a sink that can be used again; its tables hold no memory of Arrow */
    public static Sink<Table> table() {
        Failure.require(() -> Table.class, "Tablesaw", "tech.tablesaw:tablesaw-core");
        return source -> Reading.of(source, TablesawTables::of);
    }
}
