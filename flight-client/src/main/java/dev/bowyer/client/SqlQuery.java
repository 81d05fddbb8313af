package dev.bowyer.client;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.wire.Connection;
import dev.bowyer.client.wire.Question;
import dev.bowyer.client.wire.Running;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A statement of SQL, with values for its parameters. */
public final class SqlQuery extends Query<SqlQuery> {
    /** Longest statement, in characters. */
    static final int MAX_LENGTH = 16 * 1024 * 1024;

    private static final Pattern QUERY =
            Pattern.compile("\\s*\\(*\\s*(SELECT|WITH|VALUES|TABLE)\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern ENDING = Pattern.compile("[;\\s]+$");

    private final String text;
    private final List<@Nullable Object> positional;
    private final Map<String, @Nullable Object> named;

    SqlQuery(
            Connection connection,
            QueryOptions options,
            String text,
            List<@Nullable Object> positional,
            Map<String, @Nullable Object> named) {
        this(connection, options, text, positional, named, null);
    }

    /** @param running of the query that this one is asked for; null: none */
    SqlQuery(
            Connection connection,
            QueryOptions options,
            String text,
            List<@Nullable Object> positional,
            Map<String, @Nullable Object> named,
            @Nullable Set<Running> running) {
        super(connection, options, running == null ? newRunning() : running);
        if (text.length() > MAX_LENGTH) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    "a statement of " + text.length() + " characters (limit: " + MAX_LENGTH + ")",
                    "bind long values, or put lists of them into a table");
        }
        this.text = text;
        this.positional = Collections.unmodifiableList(new ArrayList<>(positional));
        this.named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
    }

    /**
     * Gives a named parameter a value: {@code bind("day", LocalDate.now())} for {@code $day}.
     *
     * @param value null, or a boolean, number, text, byte[], time of java.time, UUID, enum, or a list of these
     */
    public SqlQuery bind(String name, @Nullable Object value) {
        if (!positional.isEmpty()) {
            throw mixed();
        }
        Map<String, @Nullable Object> more = new LinkedHashMap<>(named);
        more.put(name.startsWith("$") ? name.substring(1) : name, value);
        return new SqlQuery(connection(), options(), text, positional, more);
    }

    /** Gives all parameters values, by position: {@code ?}, or {@code $1}, {@code $2}. */
    public SqlQuery bindAll(@Nullable Object... values) {
        return bindAll(java.util.Arrays.asList(values));
    }

    /** As {@link #bindAll(Object...)}. */
    public SqlQuery bindAll(List<? extends @Nullable Object> values) {
        if (!named.isEmpty()) {
            throw mixed();
        }
        return new SqlQuery(connection(), options(), text, new ArrayList<>(values), named);
    }

    private static BowyerException mixed() {
        return BowyerException.of(
                ErrorCodes.INVALID_ARGUMENT,
                "values are bound by name and by position",
                "a statement has either named parameters or positional ones");
    }

    @Override
    SqlQuery with(QueryOptions changed) {
        return new SqlQuery(connection(), changed, text, positional, named);
    }

    @Override
    Question question() {
        return new Question.Sql(text, positional, named);
    }

    private SqlQuery of(String other) {
        return new SqlQuery(connection(), options(), other, positional, named, running());
    }

    @Override
    public String explain() {
        return text(of("EXPLAIN " + text).stream());
    }

    /** Counted by the server, where the statement is one that can stand in another. */
    @Override
    public long count() {
        String inner = ENDING.matcher(text).replaceFirst("");
        if (!QUERY.matcher(text).matches() || inner.contains(";")) {
            return super.count();
        }
        return number(of("SELECT count(*) FROM (" + inner + "\n) AS counted").stream());
    }

    static long number(BatchStream answer) {
        return Long.parseLong(text(answer).trim());
    }
}
