package dev.bowyer.query;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.apache.arrow.vector.types.pojo.Schema;

/// Query ids: 16 random hex digits that stand in logs and messages, a dash, and 8 that name the schema
/// announced under the id. The second part lets any replica notice that a statement planned again no longer
/// gives what was announced. An id is no secret and grants nothing.
final class QueryIds {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{16}-[0-9a-f]{8}");

    private QueryIds() {}

    /// For a query without an announced schema, and until it is known.
    static String fresh() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()) + "-00000000";
    }

    static String announcing(String id, Schema schema) {
        return id.substring(0, 17) + fingerprint(schema);
    }

    /// Whether `id` has the form of ours. Ids come back from clients, and stand in logs.
    static boolean wellFormed(String id) {
        return FORM.matcher(id).matches();
    }

    /// Whether rows of `schema` are what `id` announced; true for an id that announces nothing.
    static boolean matches(String id, Schema schema) {
        return id.endsWith("-00000000") || id.endsWith("-" + fingerprint(schema));
    }

    private static String fingerprint(Schema schema) {
        return HexFormat.of().toHexDigits(schema.toString().hashCode());
    }
}
