package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** How rows of some columns become records of a class. Made once for columns and class; thread-safe. */
public final class RecordPlan {
    private static final int MOST_COMPONENTS = 250;

    private final Class<?> type;
    private final MethodHandle constructor;
    private final int[] columns;
    private final Conversion[] conversions;

    private RecordPlan(Class<?> type, MethodHandle constructor, int[] columns, Conversion[] conversions) {
        this.type = type;
        this.constructor = constructor;
        this.columns = columns;
        this.conversions = conversions;
    }

    /**
     * The plan for a record class. Components match columns by name: exactly, else without regard to case and underscores.
     *
     * @param path what errors put before the names of columns; empty at the top
     * @throws BowyerException TYPE_MISMATCH when components and columns do not match one to one, or one cannot take its column's
     *     values; INVALID_ARGUMENT when the class cannot be made: generic, of more than 250 components, or in a module that does
     *     not open its package
     */
    public static RecordPlan of(Class<?> type, List<Field> fields, String path) {
        RecordComponent[] components = type.getRecordComponents();
        if (type.getTypeParameters().length > 0) {
            throw invalid(type, "is generic", "name the types of its components", null);
        }
        if (components.length > MOST_COMPONENTS) {
            throw invalid(type, "has " + components.length + " components", "at most " + MOST_COMPONENTS, null);
        }
        int[] columns = match(type, components, fields);
        Conversion[] conversions = new Conversion[components.length];
        for (int i = 0; i < components.length; i++) {
            Field field = fields.get(columns[i]);
            conversions[i] = Conversion.of(components[i].getGenericType(), field, path + field.getName());
        }
        return new RecordPlan(type, constructor(type, components), columns, conversions);
    }

    /**
     * One record.
     *
     * @param values of the columns, in their order, as {@link ValueReader} reads them
     * @param row named in errors
     */
    public Object construct(@Nullable Object[] values, long row) {
        @Nullable Object[] arguments = new @Nullable Object[columns.length];
        for (int i = 0; i < columns.length; i++) {
            arguments[i] = conversions[i].convert(values[columns[i]], row);
        }
        try {
            return (Object) constructor.invokeExact(arguments);
        } catch (Throwable e) { // what the record's constructor throws, of any kind
            if (e instanceof Error error) {
                throw error;
            }
            throw new BowyerException(
                    ErrorCodes.TYPE_MISMATCH,
                    "row " + row + ": the constructor of " + type.getSimpleName() + " refused "
                            + CellText.of(Arrays.asList(arguments), 100) + ": " + e.getMessage(),
                    "see the cause",
                    e);
        }
    }

    private static int[] match(Class<?> type, RecordComponent[] components, List<Field> fields) {
        List<String> names = fields.stream().map(Field::getName).toList();
        int[] columns = new int[components.length];
        boolean[] taken = new boolean[names.size()];
        boolean whole = components.length == names.size();
        for (int i = 0; i < components.length; i++) {
            String component = components[i].getName();
            List<Integer> places = places(component, names, UnaryOperator.identity());
            if (places.isEmpty()) {
                places = places(component, names, RecordPlan::folded);
            }
            if (places.size() > 1) {
                throw mismatch(
                        type,
                        "the component '" + component + "' stands for " + places.size() + " columns",
                        components,
                        names);
            }
            whole = whole && places.size() == 1 && !taken[places.get(0)];
            if (whole) {
                columns[i] = places.get(0);
                taken[columns[i]] = true;
            }
        }
        if (!whole) {
            throw mismatch(type, "the components are not the columns", components, names);
        }
        return columns;
    }

    private static List<Integer> places(String component, List<String> names, UnaryOperator<String> form) {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            if (form.apply(names.get(i)).equals(form.apply(component))) {
                places.add(i);
            }
        }
        return places;
    }

    private static String folded(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }

    private static BowyerException mismatch(
            Class<?> type, String problem, RecordComponent[] components, List<String> names) {
        String wanted = Arrays.stream(components).map(RecordComponent::getName).collect(Collectors.joining(", "));
        return BowyerException.of(
                ErrorCodes.TYPE_MISMATCH,
                "record " + type.getSimpleName() + ": " + problem + "; components: " + wanted + "; columns: "
                        + String.join(", ", names),
                "select the columns that the record has, or give it a component for each");
    }

    private static MethodHandle constructor(Class<?> type, RecordComponent[] components) {
        Class<?>[] parameters =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(parameters);
            constructor.setAccessible(true); // records of callers are often private or local
            return MethodHandles.lookup()
                    .unreflectConstructor(constructor)
                    .asSpreader(Object[].class, parameters.length)
                    .asType(MethodType.methodType(Object.class, Object[].class));
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            throw invalid(type, "cannot be made from outside of its module", "open its package", e);
        }
    }

    private static BowyerException invalid(Class<?> type, String problem, String hint, @Nullable Throwable cause) {
        return new BowyerException(
                ErrorCodes.INVALID_ARGUMENT, "record " + type.getName() + " " + problem, hint, cause);
    }
}
