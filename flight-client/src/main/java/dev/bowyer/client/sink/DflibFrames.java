package dev.bowyer.client.sink;

import dev.bowyer.client.frame.BatchStream;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;
import org.dflib.DataFrame;
import org.dflib.Index;
import org.dflib.Series;

/** Frames of DFLib. Apart from {@link DflibSink} because Java cannot load this class without the library. */
final class DflibFrames {
    private DflibFrames() {}

    static DataFrame of(BatchStream stream) {
        List<Field> fields = stream.schema().getFields();
        ArrayColumns columns = ArrayColumns.read(stream);
        Series<?>[] series = new Series<?>[fields.size()];
        for (int i = 0; i < series.length; i++) {
            series[i] = series(columns.take(i));
        }
        Index names = Index.ofDeduplicated(fields.stream().map(Field::getName).toArray(String[]::new));
        return DataFrame.byColumn(names).of(series);
    }

    private static Series<?> series(Object array) {
        if (array instanceof int[] ints) {
            return Series.ofInt(ints);
        } else if (array instanceof long[] longs) {
            return Series.ofLong(longs);
        } else if (array instanceof float[] floats) {
            return Series.ofFloat(floats);
        } else if (array instanceof double[] doubles) {
            return Series.ofDouble(doubles);
        } else if (array instanceof boolean[] booleans) {
            return Series.ofBool(booleans);
        }
        return Series.of((Object[]) array);
    }
}
