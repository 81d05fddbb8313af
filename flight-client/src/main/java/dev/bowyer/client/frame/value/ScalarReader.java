package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.DateTimeException;
import java.util.function.IntFunction;
import java.util.function.LongFunction;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/** Values that lie in the buffers of one vector. */
abstract class ScalarReader extends ValueReader {
    /** Values of 8 bytes that one buffer of Java can show. */
    static final int MOST_AT_ONCE = 1 << 27;

    final FieldVector vector;

    ScalarReader(FieldVector vector) {
        this.vector = vector;
    }

    abstract Object value(int row);

    @Override
    public boolean isNull(int row) {
        return vector.isNull(row);
    }

    @Override
    public @Nullable Object get(int row) {
        return vector.isNull(row) ? null : value(row);
    }

    @Override
    public boolean mayHaveNulls() {
        return vector.getNullCount() > 0;
    }

    /** Rows {@code start} and on as one piece of memory; at most {@link #MOST_AT_ONCE}. */
    static ByteBuffer memory(ArrowBuf data, int start, int count, int width) {
        return data.nioBuffer((long) start * width, count * width).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Values that are objects: text, bytes, decimals. */
    static ScalarReader objects(FieldVector vector, IntFunction<Object> read) {
        return new ScalarReader(vector) {
            @Override
            Object value(int row) {
                return read.apply(row);
            }
        };
    }

    /** Whole numbers of {@code bits} bits, and what is counted in them: {@code box} makes the object of one. */
    static final class Integers extends ScalarReader {
        private final ArrowBuf data;
        private final int bits;
        private final boolean signed;
        private final LongFunction<Object> box;

        Integers(FieldVector vector, int bits, boolean signed, LongFunction<Object> box) {
            super(vector);
            this.data = vector.getDataBuffer();
            this.bits = bits;
            this.signed = signed;
            this.box = box;
        }

        long raw(int row) {
            return switch (bits) {
                case 8 -> signed ? data.getByte(row) : data.getByte(row) & 0xffL;
                case 16 -> signed ? data.getShort(row * 2L) : data.getShort(row * 2L) & 0xffffL;
                case 32 -> signed ? data.getInt(row * 4L) : data.getInt(row * 4L) & 0xffff_ffffL;
                default -> data.getLong(row * 8L);
            };
        }

        @Override
        Object value(int row) {
            return box.apply(raw(row));
        }

        @Override
        public long getLong(int row) {
            long raw = raw(row);
            if (raw < 0 && !signed) {
                throw BowyerException.of(
                        ErrorCodes.TYPE_MISMATCH,
                        "the value " + unsigned(raw) + " is not a long: it is above 2^63 - 1",
                        "ask for values of the class BigInteger");
            }
            return raw;
        }

        @Override
        public double getDouble(int row) {
            long raw = raw(row);
            return raw < 0 && !signed ? exactDouble(unsigned(raw)) : exactDouble(raw);
        }

        @Override
        public void getLongs(int start, int count, long[] into, int at) {
            if (bits == 64 && signed) {
                for (int done = 0, some; done < count; done += some) {
                    some = Math.min(count - done, MOST_AT_ONCE);
                    memory(data, start + done, some, 8).asLongBuffer().get(into, at + done, some);
                }
            } else if (bits == 32 && signed) {
                for (int i = 0; i < count; i++) {
                    into[at + i] = data.getInt((start + i) * 4L);
                }
            } else {
                super.getLongs(start, count, into, at);
            }
        }
    }

    /** The number whose 64 bits are those of {@code raw}, without a sign. */
    static BigInteger unsigned(long raw) {
        BigInteger low = BigInteger.valueOf(raw & Long.MAX_VALUE);
        return raw < 0 ? low.setBit(63) : low;
    }

    /** Dates, times and timestamps, as counts since an epoch. */
    static final class Moments extends ScalarReader {
        private final Integers counts;
        private final LongFunction<Object> moment;
        private final String type;
        private final boolean raw;

        /** @param raw whether what java.time cannot hold is read as its count */
        Moments(FieldVector vector, int bits, String type, LongFunction<Object> moment, boolean raw) {
            super(vector);
            this.counts = new Integers(vector, bits, true, moment);
            this.moment = moment;
            this.type = type;
            this.raw = raw;
        }

        @Override
        Object value(int row) {
            long count = counts.raw(row);
            try {
                return moment.apply(count);
            } catch (DateTimeException | ArithmeticException e) {
                if (raw) {
                    return count;
                }
                throw new BowyerException(
                        ErrorCodes.TYPE_MISMATCH,
                        "the value " + count + " of the column '" + vector.getName() + "' of type " + type
                                + " is outside of what java.time can hold",
                        "cast it to an integer in the query",
                        e);
            }
        }
    }

    static final class Floats extends ScalarReader {
        private final ArrowBuf data;

        Floats(FieldVector vector) {
            super(vector);
            this.data = vector.getDataBuffer();
        }

        @Override
        Object value(int row) {
            return data.getFloat(row * 4L);
        }

        @Override
        public double getDouble(int row) {
            return data.getFloat(row * 4L);
        }
    }

    static final class Doubles extends ScalarReader {
        private final ArrowBuf data;

        Doubles(FieldVector vector) {
            super(vector);
            this.data = vector.getDataBuffer();
        }

        @Override
        Object value(int row) {
            return data.getDouble(row * 8L);
        }

        @Override
        public double getDouble(int row) {
            return data.getDouble(row * 8L);
        }

        @Override
        public void getDoubles(int start, int count, double[] into, int at) {
            for (int done = 0, some; done < count; done += some) {
                some = Math.min(count - done, MOST_AT_ONCE);
                memory(data, start + done, some, 8).asDoubleBuffer().get(into, at + done, some);
            }
        }
    }

    static final class Booleans extends ScalarReader {
        private final ArrowBuf data;

        Booleans(FieldVector vector) {
            super(vector);
            this.data = vector.getDataBuffer();
        }

        @Override
        Object value(int row) {
            return getBoolean(row);
        }

        @Override
        public boolean getBoolean(int row) {
            return (data.getByte(row >> 3) >> (row & 7) & 1) != 0;
        }
    }

    /** A column of the type null. */
    static final class Nulls extends ValueReader {
        @Override
        public boolean isNull(int row) {
            return true;
        }

        @Override
        public @Nullable Object get(int row) {
            return null;
        }
    }
}
