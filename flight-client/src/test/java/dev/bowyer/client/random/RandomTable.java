package dev.bowyer.client.random;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A table that is made from its seed alone, in parts of batches.
 *
 * @param schema in the form of Arrow IPC: of dictionary-encoded columns, the types of the values
 * @param ordered whether the parts have an order
 * @param stock whether arrow-java's own server sends it: then nothing is compressed, and each dictionary is sent once
 * @param counted whether the number of rows is announced
 */
record RandomTable(
        long seed,
        Schema schema,
        boolean ordered,
        boolean stock,
        boolean counted,
        CodecType codec,
        Dictionaries dictionaries,
        List<List<Rows>> parts) {
    private static final List<CodecType> CODECS = List.of(CodecType.NO_COMPRESSION, CodecType.ZSTD);
    /** In Java, LZ4 takes five times as long as the rest of a case. */
    private static final int LZ4_ONE_IN = 10;

    private static final List<Dictionaries> WAYS = List.of(Dictionaries.values());
    private static final int MAX_PARTS = 4;
    private static final int MAX_BATCHES = 3;
    private static final int MAX_ROWS = 20;
    private static final int MANY_ROWS = 200;

    /** How the dictionaries of a part are sent. */
    enum Dictionaries {
        /** Once, before the first batch. */
        ONCE,
        /** Anew before each batch, with other values. */
        REPLACED,
        /** Before each batch the values that are new. */
        DELTA
    }

    /**
     * A batch.
     *
     * @param columns a list a column, each of {@code count} values
     */
    record Rows(int count, List<List<@Nullable Object>> columns) {}

    static RandomTable of(long seed) {
        RandomGenerator random = new SplittableRandom(seed);
        Schema schema = new RandomFields(random).schema();
        boolean stock = random.nextInt(3) == 0 && schema.getFields().stream().allMatch(RandomTable::isSentByName);
        List<List<Rows>> parts = new ArrayList<>();
        for (int part = 1 + random.nextInt(MAX_PARTS); part > 0; part--) {
            parts.add(part(schema, random));
        }
        return new RandomTable(
                seed,
                schema,
                random.nextBoolean(),
                stock,
                random.nextBoolean(),
                stock ? CodecType.NO_COMPRESSION : codec(random),
                stock ? Dictionaries.ONCE : WAYS.get(random.nextInt(WAYS.size())),
                parts);
    }

    /** Of dictionaries of lists, arrow-java's server sends the names of its vectors in place of the schema's. */
    private static boolean isSentByName(Field field) {
        return (field.getDictionary() == null || field.getChildren().isEmpty())
                && field.getChildren().stream().allMatch(RandomTable::isSentByName);
    }

    private static CodecType codec(RandomGenerator random) {
        return random.nextInt(LZ4_ONE_IN) == 0 ? CodecType.LZ4_FRAME : CODECS.get(random.nextInt(CODECS.size()));
    }

    private static List<Rows> part(Schema schema, RandomGenerator random) {
        RandomValues values = new RandomValues(random);
        List<Rows> part = new ArrayList<>();
        for (int batch = random.nextInt(MAX_BATCHES + 1); batch > 0; batch--) {
            int rows = random.nextInt(random.nextInt(30) == 0 ? MANY_ROWS : MAX_ROWS);
            List<List<@Nullable Object>> columns = new ArrayList<>();
            for (Field field : schema.getFields()) {
                List<@Nullable Object> column = new ArrayList<>();
                for (int row = 0; row < rows; row++) {
                    column.add(values.value(field));
                }
                columns.add(column);
            }
            part.add(new Rows(rows, columns));
        }
        return part;
    }

    long rowCount() {
        return parts.stream().flatMap(List::stream).mapToLong(Rows::count).sum();
    }
}
