package dev.bowyer.client.sink;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.IntervalDayVector;
import org.apache.arrow.vector.IntervalMonthDayNanoVector;
import org.apache.arrow.vector.IntervalYearVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;

/** Fills vectors of any type; about one value in eight is null where that is allowed. */
final class RandomValues {
    private static final String[] WORDS = {
        "",
        "red",
        "gr\u00fcn",
        "b,l\"ue",
        "two\nlines",
        "semi;colon",
        "\ud83d\udc1f a text longer than twelve bytes",
        "'; --",
        "NULL"
    };
    private static final long DAY_MILLIS = 86_400_000L;

    private final Random random;
    private final Map<Long, Integer> dictionarySizes;

    RandomValues(Random random, Map<Long, Integer> dictionarySizes) {
        this.random = random;
        this.dictionarySizes = dictionarySizes;
    }

    void fill(FieldVector vector, int rows) {
        if (vector instanceof NullVector || vector instanceof StructVector || vector instanceof FixedSizeListVector) {
            vector.setInitialCapacity(Math.max(rows, 1));
        }
        vector.allocateNew();
        if (fillNested(vector, rows)) {
            vector.setValueCount(rows);
            return;
        }
        for (int i = 0; i < rows; i++) {
            if (vector.getField().isNullable() && random.nextInt(8) == 0) {
                vector.setNull(i);
            } else {
                set(vector, i);
            }
        }
        vector.setValueCount(rows);
    }

    private boolean isNull() {
        return random.nextInt(8) == 0;
    }

    private boolean fillNested(FieldVector vector, int rows) {
        if (vector instanceof NullVector) {
            return true;
        } else if (vector instanceof StructVector struct) {
            for (int i = 0; i < rows; i++) {
                if (struct.getField().isNullable() && isNull()) {
                    struct.setNull(i);
                } else {
                    struct.setIndexDefined(i);
                }
            }
            struct.getChildrenFromFields().forEach(child -> fill(child, rows));
        } else if (vector instanceof ListVector list) {
            int total = 0;
            for (int i = 0; i < rows; i++) {
                if (isNull()) {
                    list.setNull(i);
                    continue;
                }
                int size = random.nextInt(4);
                list.startNewValue(i);
                list.endValue(i, size);
                total += size;
            }
            fill(list.getDataVector(), total);
            if (vector instanceof MapVector map) {
                StructVector entries = (StructVector) map.getDataVector();
                VarCharVector keys = (VarCharVector) entries.getChild("key");
                keys.allocateNew();
                for (int i = 0; i < total; i++) {
                    entries.setIndexDefined(i);
                    byte[] unique = ("key " + i).getBytes(StandardCharsets.UTF_8);
                    keys.setSafe(i, unique);
                }
                keys.setValueCount(total);
            }
        } else if (vector instanceof LargeListVector list) {
            int total = 0;
            for (int i = 0; i < rows; i++) {
                if (isNull()) {
                    list.setNull(i);
                    continue;
                }
                int size = random.nextInt(4);
                list.startNewValue(i);
                list.endValue(i, size);
                total += size;
            }
            fill(list.getDataVector(), total);
        } else {
            return fillRare(vector, rows);
        }
        return true;
    }

    private boolean fillRare(FieldVector vector, int rows) {
        if (vector instanceof FixedSizeListVector list) {
            for (int i = 0; i < rows; i++) {
                if (isNull()) {
                    list.setNull(i);
                } else {
                    list.setNotNull(i);
                }
            }
            fill(list.getDataVector(), rows * list.getListSize());
        } else if (vector instanceof UnionVector union) {
            union.getChildrenFromFields().forEach(child -> fill(child, rows));
            for (int i = 0; i < rows; i++) {
                union.setType(i, random.nextBoolean() ? MinorType.INT : MinorType.VARCHAR);
            }
        } else if (vector instanceof DenseUnionVector union) {
            int[] used = new int[2];
            while (union.getValueCapacity() < rows) {
                union.reAlloc();
            }
            for (int i = 0; i < rows; i++) {
                int type = random.nextInt(2);
                union.setTypeId(i, (byte) type);
                union.getOffsetBuffer().setInt((long) i * DenseUnionVector.OFFSET_WIDTH, used[type]++);
            }
            fill((FieldVector) union.getVectorByType((byte) 0), used[0]);
            fill((FieldVector) union.getVectorByType((byte) 1), used[1]);
        } else if (vector instanceof RunEndEncodedVector runs) {
            IntVector ends = (IntVector) runs.getRunEndsVector();
            ends.allocateNew();
            int count = 0;
            for (int end = 0; end < rows; count++) {
                end = Math.min(rows, end + 1 + random.nextInt(5));
                ends.setSafe(count, end);
            }
            ends.setValueCount(count);
            fill(runs.getValuesVector(), count);
        } else {
            return false;
        }
        return true;
    }

    private void set(FieldVector vector, int i) {
        ArrowType type = vector.getField().getType();
        DictionaryEncoding encoding = vector.getField().getDictionary();
        if (encoding != null) {
            setFixed(vector, i, random.nextInt(dictionarySizes.getOrDefault(encoding.getId(), 0)));
        } else if (vector instanceof BaseVariableWidthViewVector views) {
            views.setSafe(i, bytes(type));
        } else if (vector instanceof BaseVariableWidthVector variable) {
            variable.setSafe(i, bytes(type));
        } else if (vector instanceof BaseLargeVariableWidthVector large) {
            large.setSafe(i, bytes(type));
        } else if (vector instanceof BitVector bits) {
            bits.setSafe(i, random.nextInt(2));
        } else if (vector instanceof FixedSizeBinaryVector binary) {
            byte[] bytes = new byte[binary.getByteWidth()];
            random.nextBytes(bytes);
            binary.setSafe(i, bytes);
        } else if (vector instanceof DecimalVector decimal) {
            decimal.setSafe(i, decimal(decimal.getPrecision(), decimal.getScale()));
        } else if (vector instanceof Decimal256Vector decimal) {
            decimal.setSafe(i, decimal(decimal.getPrecision(), decimal.getScale()));
        } else if (vector instanceof Float2Vector half) {
            half.setSafeWithPossibleTruncate(i, random.nextInt(2000) / 8f - 100);
        } else if (vector instanceof Float4Vector single) {
            single.setSafe(i, random.nextInt(5) == 0 ? Float.NEGATIVE_INFINITY : (float) random.nextGaussian() * 1e6f);
        } else if (vector instanceof Float8Vector wide) {
            wide.setSafe(i, random.nextInt(5) == 0 ? Double.NaN : random.nextGaussian() * 1e100);
        } else {
            setTemporal(vector, i, type);
        }
    }

    private void setTemporal(FieldVector vector, int i, ArrowType type) {
        if (type instanceof ArrowType.Date date) {
            long day = random.nextInt(80_000) - 30_000L;
            setFixed(vector, i, date.getUnit() == DateUnit.DAY ? day : day * DAY_MILLIS);
        } else if (type instanceof ArrowType.Time time) {
            setFixed(vector, i, random.nextLong(86_400L * perSecond(time.getUnit())));
        } else if (type instanceof ArrowType.Timestamp timestamp) {
            long second = random.nextInt();
            long per = perSecond(timestamp.getUnit());
            setFixed(vector, i, second * per + random.nextLong(per));
        } else if (vector instanceof DurationVector duration) {
            duration.setSafe(i, random.nextInt());
        } else if (vector instanceof IntervalYearVector months) {
            months.setSafe(i, random.nextInt(1000) - 500);
        } else if (vector instanceof IntervalDayVector days) {
            days.setSafe(i, random.nextInt(1000) - 500, random.nextInt(86_400_000));
        } else if (vector instanceof IntervalMonthDayNanoVector all) {
            all.setSafe(i, random.nextInt(100), random.nextInt(100), random.nextInt(86_400) * 1_000_000_000L);
        } else {
            setFixed(vector, i, random.nextInt(5) == 0 ? -1 : random.nextLong());
        }
    }

    /** The low bytes of {@code value}, as many as the vector's values have. */
    private static void setFixed(FieldVector vector, int i, long value) {
        BaseFixedWidthVector fixed = (BaseFixedWidthVector) vector;
        while (fixed.getValueCapacity() <= i) {
            fixed.reAlloc();
        }
        BitVectorHelper.setBit(fixed.getValidityBuffer(), i);
        int width = fixed.getTypeWidth();
        for (int b = 0; b < width; b++) {
            fixed.getDataBuffer().setByte((long) i * width + b, (byte) (value >> (8 * b)));
        }
    }

    static long perSecond(TimeUnit unit) {
        return switch (unit) {
            case SECOND -> 1;
            case MILLISECOND -> 1_000;
            case MICROSECOND -> 1_000_000;
            case NANOSECOND -> 1_000_000_000;
        };
    }

    private byte[] bytes(ArrowType type) {
        boolean text = type instanceof ArrowType.Utf8
                || type instanceof ArrowType.LargeUtf8
                || type instanceof ArrowType.Utf8View;
        if (text) {
            String word = WORDS[random.nextInt(WORDS.length)];
            return (random.nextBoolean() ? word : word + random.nextInt(100)).getBytes(StandardCharsets.UTF_8);
        }
        byte[] bytes = new byte[random.nextInt(30)];
        random.nextBytes(bytes);
        return bytes;
    }

    private BigDecimal decimal(int precision, int scale) {
        return new BigDecimal(new BigInteger((int) ((precision - 1) * 3.3), random), scale)
                .multiply(BigDecimal.valueOf(random.nextBoolean() ? 1 : -1));
    }
}
