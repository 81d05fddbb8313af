package dev.bowyer.client.sink;

import dev.bowyer.client.frame.Sink;
import org.dflib.DataFrame;

/**
 * Rows as a data frame of DFLib, which needs {@code org.dflib:dflib} on the class path.
 *
 * <p>A column without NULL of integers up to 64 bits, floating-point numbers or booleans is a series of primitives:
 * {@code int} for up to 32 bits, {@code long} for more and for uint32. Any other column is a series of objects, null
 * where it is NULL, of the types that {@link dev.bowyer.client.frame.value.ValueReader} lists, but that small integers
 * are Integer as in the primitive series. Equal values of a dictionary-encoded column are one object. Columns of one
 * name get underscores appended.
 *
 * <pre>{@code
 * DataFrame trips = client.sql("SELECT * FROM trips").into(DflibSink.frame());
 * }</pre>
 */
public final class DflibSink {
    private DflibSink() {}

    /** @return a sink that can be used again; its frames hold no memory of Arrow */
    public static Sink<DataFrame> frame() {
        Failure.require(() -> DataFrame.class, "DFLib", "org.dflib:dflib");
        return source -> Reading.of(source, DflibFrames::of);
    }
}
