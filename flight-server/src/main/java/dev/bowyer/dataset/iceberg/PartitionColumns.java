package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.iceberg.PartitionTransform.Kind;
import dev.bowyer.dataset.lake.LakeFile.Bounds;
import dev.bowyer.dataset.lake.LakeFile.Bucketing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/// What the partition of a file tells of its columns, by one partition spec.
final class PartitionColumns {
    /// @param position in the partition tuple
    /// @param column index of the top-level column
    private record Part(int position, int column, Type type, PartitionTransform transform) {}

    private final List<Part> parts = new ArrayList<>();

    /// @param columns index of the top-level column with an id; negative: there is none
    PartitionColumns(PartitionSpec spec, ToIntFunction<Integer> columns, List<Type> types) {
        for (int position = 0; position < spec.fields().size(); position++) {
            PartitionField field = spec.fields().get(position);
            int column = columns.applyAsInt(field.sourceId());
            PartitionTransform transform = PartitionTransform.of(field.transform());
            if (column >= 0 && types.get(column).isPrimitiveType() && transform.kind() != Kind.OTHER) {
                parts.add(new Part(position, column, types.get(column), transform));
            }
        }
    }

    /// Columns with one value in a file, in order.
    List<Integer> constants() {
        return parts.stream()
                .filter(part -> part.transform().kind() == Kind.IDENTITY)
                .map(Part::column)
                .distinct()
                .sorted()
                .toList();
    }

    void addTo(
            DataFile file,
            Map<Integer, Object> constants,
            Map<Integer, Bounds> bounds,
            Map<Bucketing, Integer> buckets) {
        for (Part part : parts) {
            Object value = file.partition().get(part.position(), Object.class);
            if (value == null) {
                // Every transform makes NULL of NULL and of nothing else.
                bounds.put(part.column(), new Bounds(null, null, file.recordCount(), null));
                continue;
            }
            switch (part.transform().kind()) {
                case IDENTITY -> constants.put(part.column(), LakeValues.of(value));
                case BUCKET ->
                    buckets.put(
                            new Bucketing(part.column(), part.transform().parameter()), ((Number) value).intValue());
                default -> {
                    PartitionBounds known = PartitionBounds.of(part.transform(), part.type(), LakeValues.of(value));
                    bounds.merge(
                            part.column(), new Bounds(known.min(), known.max(), null, null), PartitionColumns::both);
                }
            }
        }
    }

    /// What holds by two accounts.
    private static Bounds both(Bounds one, Bounds other) {
        return new Bounds(
                tighter(one.min(), other.min(), 1),
                tighter(one.max(), other.max(), -1),
                one.nulls() == null ? other.nulls() : one.nulls(),
                one.nans() == null ? other.nans() : one.nans());
    }

    /// @param sign 1: the greater one
    private static @Nullable Object tighter(@Nullable Object one, @Nullable Object other, int sign) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return compare(one, other) * sign >= 0 ? one : other;
    }

    /// Texts by code points, which is how Iceberg and the engine compare them.
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static int compare(Object one, Object other) {
        if (one instanceof String text) {
            int[] left = text.codePoints().toArray();
            int[] right = ((String) other).codePoints().toArray();
            return Arrays.compare(left, right);
        }
        return one instanceof Integer || one instanceof Long
                ? Long.compare(((Number) one).longValue(), ((Number) other).longValue())
                : ((Comparable) one).compareTo(other);
    }
}
