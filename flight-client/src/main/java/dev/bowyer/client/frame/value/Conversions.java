package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Chooses the conversion from a column to a type. */
final class Conversions {
    private final String path;

    Conversions(String path) {
        this.path = path;
    }

    Conversion of(Type wanted, Field field) {
        Type type = wanted instanceof WildcardType wildcard ? wildcard.getUpperBounds()[0] : wanted;
        if (type instanceof ParameterizedType generic) {
            return ofGeneric(generic, field);
        }
        if (!(type instanceof Class<?> target)) {
            throw unable(type, field, "a type variable says nothing about the values: name the type");
        }
        if (target.isPrimitive()) {
            Class<?> boxed = MethodType.methodType(target).wrap().returnType();
            return notNull(target, ofClass(boxed, field));
        }
        return ofClass(target, field);
    }

    private Conversion notNull(Class<?> target, Conversion conversion) {
        String hint = "declare it as "
                + MethodType.methodType(target).wrap().returnType().getSimpleName()
                + " or as Optional, which can be without a value";
        return (value, row) -> {
            if (value == null) {
                throw Conversion.unfit(path, row, null, target, hint);
            }
            return conversion.convert(value, row);
        };
    }

    private static Conversion nullable(Conversion conversion) {
        return (value, row) -> value == null ? null : conversion.convert(value, row);
    }

    private Conversion ofClass(Class<?> target, Field field) {
        Class<?> source = FieldTypes.javaType(field);
        if (target == Optional.class) {
            return (value, row) -> Optional.ofNullable(value);
        }
        if (target.isRecord() && isStruct(field)) {
            return nullable(ofStruct(target, field));
        }
        if (field.getType() instanceof ArrowType.Null && !target.isRecord()) {
            return (value, row) -> value;
        }
        if (source == List.class && target.isAssignableFrom(Set.class) && !target.isAssignableFrom(List.class)) {
            return nullable((value, row) -> set((List<?>) value));
        }
        if (target.isAssignableFrom(source)) {
            return (value, row) -> value;
        }
        if (target.isEnum() && source == String.class) {
            return nullable(ofEnum(target));
        }
        if (source == Instant.class && (target == ZonedDateTime.class || target == OffsetDateTime.class)) {
            return nullable(ofZone(target, field));
        }
        NumberConversion numbers = NumberConversion.between(source, target);
        if (numbers == null) {
            throw unable(target, field, null);
        }
        return nullable((value, row) -> {
            Object number = numbers.convert(Objects.requireNonNull(value));
            if (number == null) {
                throw Conversion.unfit(path, row, value, target, "declare a wider type");
            }
            return number;
        });
    }

    private static boolean isStruct(Field field) {
        return FieldTypes.valueField(field).getType() instanceof ArrowType.Struct;
    }

    private static boolean isMap(Field field) {
        return FieldTypes.valueField(field).getType() instanceof ArrowType.Map;
    }

    private Conversion ofStruct(Class<?> target, Field field) {
        RecordPlan plan = RecordPlan.of(target, FieldTypes.valueField(field).getChildren(), path + ".");
        return (value, row) -> plan.construct(
                ((Map<?, ?>) Objects.requireNonNull(value)).values().toArray(), row);
    }

    private Conversion ofEnum(Class<?> target) {
        Map<Object, Object> byName = new HashMap<>();
        for (Object constant : target.getEnumConstants()) {
            byName.put(((Enum<?>) constant).name(), constant);
        }
        return (value, row) -> {
            Object constant = byName.get(value);
            if (constant == null) {
                throw Conversion.unfit(path, row, value, target, "it is one of " + byName.keySet());
            }
            return constant;
        };
    }

    private Conversion ofZone(Class<?> target, Field field) {
        String name = ((ArrowType.Timestamp) FieldTypes.valueField(field).getType()).getTimezone();
        ZoneId zone;
        try {
            zone = ZoneId.of(name);
        } catch (DateTimeException e) {
            throw unable(target, field, "Java does not know the zone " + name + ": ask for Instant");
        }
        return target == ZonedDateTime.class
                ? (value, row) -> ((Instant) Objects.requireNonNull(value)).atZone(zone)
                : (value, row) ->
                        ((Instant) Objects.requireNonNull(value)).atZone(zone).toOffsetDateTime();
    }

    private Conversion ofGeneric(ParameterizedType type, Field field) {
        Class<?> raw = (Class<?>) type.getRawType();
        Type[] arguments = type.getActualTypeArguments();
        if (raw == Optional.class) {
            Conversion inner = of(arguments[0], field);
            return (value, row) -> value == null ? Optional.empty() : Optional.ofNullable(inner.convert(value, row));
        }
        Field values = FieldTypes.valueField(field);
        if (FieldTypes.javaType(field) == List.class && raw.isAssignableFrom(List.class)) {
            Conversion element = element(arguments[0], values);
            return nullable((value, row) -> Collections.unmodifiableList(list(value, element, row)));
        }
        if (FieldTypes.javaType(field) == List.class && raw == Set.class) {
            Conversion element = element(arguments[0], values);
            return nullable((value, row) -> set(list(value, element, row)));
        }
        if (raw == Map.class && isMap(values)) {
            List<Field> entry = values.getChildren().get(0).getChildren();
            Conversion key = new Conversions(path + ".key").of(arguments[0], entry.get(0));
            Conversion mapped = new Conversions(path + ".value").of(arguments[1], entry.get(1));
            return nullable((value, row) -> map(value, key, mapped, row));
        }
        if (raw == Map.class && isStruct(values) && arguments[0] == String.class && arguments[1] == Object.class) {
            return (value, row) -> value;
        }
        throw unable(type, field, null);
    }

    private Conversion element(Type type, Field list) {
        return new Conversions(path + "[]").of(type, list.getChildren().get(0));
    }

    private static List<@Nullable Object> list(@Nullable Object value, Conversion element, long row) {
        Collection<?> values = (Collection<?>) Objects.requireNonNull(value);
        List<@Nullable Object> result = new ArrayList<>(values.size());
        for (Object each : values) {
            result.add(element.convert(each, row));
        }
        return result;
    }

    private static Set<?> set(@Nullable Collection<?> values) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(Objects.requireNonNull(values)));
    }

    private static Map<?, ?> map(@Nullable Object value, Conversion key, Conversion mapped, long row) {
        Map<@Nullable Object, @Nullable Object> result = new LinkedHashMap<>();
        ((Map<?, ?>) Objects.requireNonNull(value))
                .forEach((k, v) -> result.put(key.convert(k, row), mapped.convert(v, row)));
        return Collections.unmodifiableMap(result);
    }

    private BowyerException unable(Type wanted, Field field, @Nullable String hint) {
        Class<?> own = FieldTypes.javaType(field);
        return BowyerException.of(
                ErrorCodes.TYPE_MISMATCH,
                "the column '" + path + "' of type " + FieldTypes.describe(field) + " does not convert to "
                        + nameOf(wanted),
                hint == null ? "its values are of the class " + own.getSimpleName() : hint);
    }

    static String nameOf(Type type) {
        return type instanceof Class<?> named ? named.getSimpleName() : type.getTypeName();
    }
}
