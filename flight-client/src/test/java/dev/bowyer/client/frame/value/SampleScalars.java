package dev.bowyer.client.frame.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.Float16;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.PeriodDuration;
import org.apache.arrow.vector.UuidVector;
import org.apache.arrow.vector.VariableWidthFieldVector;
import org.apache.arrow.vector.extension.OpaqueVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/** Writes one Java object into a vector of a type without children. */
final class SampleScalars {
    private SampleScalars() {}

    static void set(FieldVector vector, Field field, int row, Object value) {
        if (vector instanceof UuidVector uuids) {
            uuids.setSafe(row, (UUID) value);
        } else if (vector instanceof OpaqueVector opaque) {
            set(opaque.getUnderlyingVector(), field, row, value);
        } else if (vector instanceof VariableWidthFieldVector bytes) {
            byte[] content = value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : (byte[]) value;
            bytes.setSafe(row, content);
        } else {
            setFixed((BaseFixedWidthVector) vector, field.getType(), row, value);
        }
    }

    private static void setFixed(BaseFixedWidthVector vector, ArrowType type, int row, Object value) {
        while (vector.getValueCapacity() <= row) {
            vector.reAlloc();
        }
        BitVectorHelper.setBit(vector.getValidityBuffer(), row);
        ArrowBuf data = vector.getDataBuffer();
        if (value instanceof Boolean bool) {
            BitVectorHelper.setValidityBit(data, row, bool ? 1 : 0);
        } else if (value instanceof byte[] || value instanceof UUID) {
            byte[] bytes = value instanceof UUID uuid ? bytesOf(uuid) : (byte[]) value;
            data.setBytes((long) row * bytes.length, bytes);
        } else if (value instanceof BigDecimal decimal) {
            setWhole(data, row, ((ArrowType.Decimal) type).getBitWidth() / 8, decimal.unscaledValue());
        } else if (value instanceof PeriodDuration interval) {
            setInterval(data, row, vector.getTypeWidth(), interval);
        } else if (value instanceof Float number && vector.getTypeWidth() == 2) {
            data.setShort(row * 2L, Float16.toFloat16(number));
        } else if (value instanceof Float number) {
            data.setFloat(row * 4L, number);
        } else if (value instanceof Double number) {
            data.setDouble(row * 8L, number);
        } else {
            setWhole(data, row, vector.getTypeWidth(), whole(type, value));
        }
    }

    private static byte[] bytesOf(UUID uuid) {
        BigInteger high = BigInteger.valueOf(uuid.getMostSignificantBits());
        BigInteger low = BigInteger.valueOf(uuid.getLeastSignificantBits());
        byte[] bytes = new byte[16];
        for (int i = 0; i < 8; i++) {
            bytes[i] = high.shiftRight(56 - 8 * i).byteValue();
            bytes[8 + i] = low.shiftRight(56 - 8 * i).byteValue();
        }
        return bytes;
    }

    private static void setInterval(ArrowBuf data, int row, int width, PeriodDuration interval) {
        Period period = interval.getPeriod();
        if (width == 8) {
            data.setInt(row * 8L, (int) period.get(ChronoUnit.DAYS));
            data.setInt(row * 8L + 4, (int) interval.getDuration().toMillis());
        } else {
            data.setInt(row * 16L, (int) period.toTotalMonths());
            data.setInt(row * 16L + 4, (int) period.get(ChronoUnit.DAYS));
            data.setLong(row * 16L + 8, interval.getDuration().toNanos());
        }
    }

    private static void setWhole(ArrowBuf data, int row, int width, BigInteger value) {
        for (int i = 0; i < width; i++) {
            data.setByte((long) row * width + i, value.shiftRight(8 * i).byteValue());
        }
    }

    private static BigInteger whole(ArrowType type, Object value) {
        if (value instanceof BigInteger big) {
            return big;
        }
        if (value instanceof Number number) {
            return BigInteger.valueOf(number.longValue());
        }
        if (value instanceof LocalDate date) {
            boolean days = ((ArrowType.Date) type).getUnit() == DateUnit.DAY;
            return BigInteger.valueOf(date.toEpochDay() * (days ? 1 : 86_400_000L));
        }
        if (value instanceof Period period) {
            return BigInteger.valueOf(period.toTotalMonths());
        }
        if (value instanceof LocalTime time) {
            return count(0, time.toNanoOfDay(), ((ArrowType.Time) type).getUnit());
        }
        if (value instanceof LocalDateTime time) {
            return count(
                    time.toEpochSecond(ZoneOffset.UTC),
                    time.get(ChronoField.NANO_OF_SECOND),
                    ((ArrowType.Timestamp) type).getUnit());
        }
        if (value instanceof Instant time) {
            return count(time.getEpochSecond(), time.getNano(), ((ArrowType.Timestamp) type).getUnit());
        }
        Duration duration = (Duration) value;
        return count(duration.getSeconds(), duration.getNano(), ((ArrowType.Duration) type).getUnit());
    }

    private static BigInteger count(long seconds, long nanos, TimeUnit unit) {
        BigInteger all = BigInteger.valueOf(seconds)
                .multiply(BigInteger.valueOf(1_000_000_000))
                .add(BigInteger.valueOf(nanos));
        return all.divide(BigInteger.valueOf(1_000_000_000 / TimeUnits.perSecond(unit)));
    }
}
