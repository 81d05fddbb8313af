package dev.bowyer.client.frame.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** From one class of numbers to another, value by value, when none is lost; but of a decimal, the nearest double. */
@FunctionalInterface
interface NumberConversion {
    Set<Class<?>> INTEGERS = Set.of(Byte.class, Short.class, Integer.class, Long.class, BigInteger.class);

    /** Of the whole numbers that decimals become. */
    int MOST_DIGITS = 1000;

    /** Null when the value has no equal in the wanted class. */
    @Nullable
    Object convert(Object value);

    /** Null when the classes do not convert at all: floating-point numbers to others, text to numbers. */
    static @Nullable NumberConversion between(Class<?> source, Class<?> target) {
        boolean whole = INTEGERS.contains(source);
        if (whole && INTEGERS.contains(target)) {
            return value -> fromWhole(whole(value), target);
        }
        if (source == BigDecimal.class && INTEGERS.contains(target)) {
            return value -> {
                BigInteger number = whole((BigDecimal) value);
                return number == null ? null : fromWhole(number, target);
            };
        }
        if (source == BigDecimal.class && target == Double.class) {
            return value -> {
                double nearest = ((BigDecimal) value).doubleValue();
                return Double.isInfinite(nearest) ? null : nearest;
            };
        }
        if (whole && target == BigDecimal.class) {
            return value -> new BigDecimal(whole(value));
        }
        if (whole && target == Double.class) {
            return value -> {
                double result = ((Number) value).doubleValue();
                return new BigDecimal(result).compareTo(new BigDecimal(whole(value))) == 0 ? result : null;
            };
        }
        if (whole && target == Float.class) {
            return value -> {
                float result = ((Number) value).floatValue();
                return new BigDecimal(result).compareTo(new BigDecimal(whole(value))) == 0 ? result : null;
            };
        }
        if (source == Float.class && target == Double.class) {
            return value -> ((Float) value).doubleValue();
        }
        if (source == Double.class && target == Float.class) {
            return value -> {
                double number = (Double) value;
                return Double.isNaN(number) || (float) number == number ? (Object) (float) number : null;
            };
        }
        return null;
    }

    private static BigInteger whole(Object value) {
        return value instanceof BigInteger big ? big : BigInteger.valueOf(((Number) value).longValue());
    }

    /** Null when it is not whole, or too long: a scale is any number of 32 bits, and digits take memory. */
    private static @Nullable BigInteger whole(BigDecimal decimal) {
        if (decimal.signum() == 0) {
            return BigInteger.ZERO;
        }
        long digits = (long) decimal.precision() - decimal.scale();
        if (digits <= 0 || digits > MOST_DIGITS) {
            return null;
        }
        BigDecimal shortest = decimal.stripTrailingZeros();
        return shortest.scale() > 0 ? null : shortest.toBigInteger();
    }

    private static @Nullable Object fromWhole(BigInteger value, Class<?> target) {
        if (target == BigInteger.class) {
            return value;
        }
        if (value.bitLength() > 63) {
            return null;
        }
        long number = value.longValue();
        if (target == Long.class) {
            return number;
        }
        if (target == Integer.class) {
            return number == (int) number ? (Object) (int) number : null;
        }
        if (target == Short.class) {
            return number == (short) number ? (Object) (short) number : null;
        }
        return number == (byte) number ? (Object) (byte) number : null;
    }
}
