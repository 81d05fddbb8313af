package dev.bowyer.dataset.iceberg;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.transforms.Transform;

/// How a partition field is made from its column.
///
/// @param parameter number of buckets or width; 0 for the others
record PartitionTransform(Kind kind, int parameter) {
    /// [#OTHER] tells nothing of the column: `void`, and what this version does not know.
    enum Kind {
        IDENTITY,
        YEAR,
        MONTH,
        DAY,
        HOUR,
        TRUNCATE,
        BUCKET,
        OTHER
    }

    private static final PartitionTransform OTHER = new PartitionTransform(Kind.OTHER, 0);
    private static final Map<String, Kind> PLAIN = Map.of(
            "identity", Kind.IDENTITY,
            "year", Kind.YEAR,
            "month", Kind.MONTH,
            "day", Kind.DAY,
            "hour", Kind.HOUR);
    private static final Pattern SIZED = Pattern.compile("(bucket|truncate)\\[(\\d{1,9})\\]");

    /// The text of a transform is its name in the specification; its class is Iceberg's own matter.
    static PartitionTransform of(Transform<?, ?> transform) {
        String text = transform.toString();
        Kind plain = PLAIN.get(text);
        if (plain != null) {
            return new PartitionTransform(plain, 0);
        }
        Matcher sized = SIZED.matcher(text);
        if (!sized.matches()) {
            return OTHER;
        }
        int parameter = Integer.parseInt(sized.group(2));
        Kind kind = sized.group(1).equals("bucket") ? Kind.BUCKET : Kind.TRUNCATE;
        return parameter < 1 ? OTHER : new PartitionTransform(kind, parameter);
    }
}
