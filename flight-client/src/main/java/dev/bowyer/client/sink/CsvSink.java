package dev.bowyer.client.sink;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import de.siegmar.fastcsv.writer.QuoteStrategy;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchSource;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Sink;
import dev.bowyer.client.frame.value.ValueReader;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Rows as CSV (RFC 4180) in UTF-8; the result is the number of rows, without the header.
 *
 * <p>NULL is an empty field, and an empty text a quoted one, {@code ""}, so they can be told apart; a NULL alone in its
 * line is an empty line, which many programs skip, so set {@link #nullText} for results of one column. Integers are
 * plain, and decimals too but for those of a scale beyond 1000, which have an exponent. Floating-point numbers are as
 * Java writes them: {@code 0.1}, {@code 1.0E10}, {@code NaN}, {@code Infinity}. Dates and times are ISO 8601, instants
 * in UTC; binary values hexadecimal; lists, structs and maps JSON.
 *
 * <p>Immutable: each option returns another sink, which can be used again.
 *
 * <pre>{@code
 * client.sql(query).into(CsvSink.file(Path.of("trips.csv")).separator(';'));
 * }</pre>
 */
public final class CsvSink implements Sink<Long> {
    private static final String STREAM = "to the output stream";

    private final @Nullable Path path;
    private final @Nullable OutputStream stream;
    private final Options options;

    private CsvSink(@Nullable Path path, @Nullable OutputStream stream, Options options) {
        this.path = path;
        this.stream = stream;
        this.options = options;
    }

    /**
     * A file, which appears when it is whole: a failure leaves nothing behind, and an existing file as it was.
     *
     * @param path an existing file is replaced; its folder must exist
     */
    public static CsvSink file(Path path) {
        return new CsvSink(path, null, Options.DEFAULT);
    }

    /** @param target not closed, but flushed; after a failure, it has received a part */
    public static CsvSink stream(OutputStream target) {
        return new CsvSink(null, target, Options.DEFAULT);
    }

    /** Whether the first line has the names of the columns; true if not set. */
    public CsvSink header(boolean header) {
        return with(new Options(header, options.separator, options.delimiter, options.nullText, options.binary));
    }

    /**
     * What is between fields; a comma if not set.
     *
     * @throws BowyerException INVALID_ARGUMENT for a quote or the end of a line, and for what the text for NULL has
     */
    public CsvSink separator(char separator) {
        if (separator == '"' || separator == '\n' || separator == '\r') {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    String.format("the separator must not be U+%04X", (int) separator),
                    "such as ',', ';' or a tab");
        }
        return with(new Options(options.header, separator, options.delimiter, options.nullText, options.binary));
    }

    /** Lines end with CR LF, as RFC 4180 has it, if true; with LF if false, or not set. */
    public CsvSink carriageReturns(boolean carriageReturns) {
        LineDelimiter delimiter = carriageReturns ? LineDelimiter.CRLF : LineDelimiter.LF;
        return with(new Options(options.header, options.separator, delimiter, options.nullText, options.binary));
    }

    /**
     * What NULL looks like, such as {@code \N}; nothing if not set. Texts that are the same are quoted.
     *
     * @throws BowyerException INVALID_ARGUMENT when it would need quotes itself
     */
    public CsvSink nullText(String nullText) {
        return with(new Options(options.header, options.separator, options.delimiter, nullText, options.binary));
    }

    /** Binary values in base 64, if true; hexadecimal if false, or not set. */
    public CsvSink base64(boolean base64) {
        Function<byte[], String> binary = base64 ? ValueText.BASE64 : ValueText.HEX;
        return with(new Options(options.header, options.separator, options.delimiter, options.nullText, binary));
    }

    @Override
    public Long read(BatchSource source) {
        return Reading.of(source, rows -> {
            if (path != null) {
                return TargetFile.write(path, temporary -> {
                    try (OutputStream out = Files.newOutputStream(temporary, StandardOpenOption.CREATE_NEW)) {
                        return write(rows, out);
                    }
                });
            }
            try {
                return write(rows, new Unclosed(Objects.requireNonNull(stream)));
            } catch (IOException e) {
                throw Failure.of(STREAM, e, "what was written is a part");
            }
        });
    }

    private CsvSink with(Options other) {
        if (other.nullText.chars().anyMatch(c -> c == '"' || c == '\n' || c == '\r' || c == other.separator)) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    "the text for NULL must do without quotes, ends of lines and the separator '" + other.separator
                            + "': " + other.nullText,
                    "such as \\N");
        }
        return new CsvSink(path, stream, other);
    }

    private long write(BatchStream rows, OutputStream out) throws IOException {
        List<Field> fields = rows.schema().getFields();
        Quoting quoting = new Quoting(fields.size());
        try (CsvWriter csv = CsvWriter.builder()
                .fieldSeparator(options.separator)
                .lineDelimiter(options.delimiter)
                .quoteStrategy(quoting)
                .build(out, StandardCharsets.UTF_8)) {
            if (options.header) {
                csv.writeRecord(fields.stream().map(Field::getName).toList());
            }
            for (Batch batch : rows) {
                try (batch) {
                    write(batch, csv, quoting);
                }
            }
        } catch (UncheckedIOException e) {
            throw Objects.requireNonNull(e.getCause());
        }
        return rows.rowsRead();
    }

    private void write(Batch batch, CsvWriter csv, Quoting quoting) {
        List<ValueReader> columns = Columns.of(batch);
        ValueText text = new ValueText(options.binary);
        String[] record = new String[columns.size()];
        for (int row = 0; row < batch.rowCount(); row++) {
            for (int i = 0; i < record.length; i++) {
                Object value = columns.get(i).get(row);
                quoting.nulls[i] = value == null;
                record[i] = value == null ? options.nullText : text.of(value);
            }
            csv.writeRecord(record);
        }
    }

    private record Options(
            boolean header, char separator, LineDelimiter delimiter, String nullText, Function<byte[], String> binary) {
        static final Options DEFAULT = new Options(true, ',', LineDelimiter.LF, "", ValueText.HEX);
    }

    /** Values that need no quotes get them where they could be taken for NULL. */
    private final class Quoting implements QuoteStrategy {
        final boolean[] nulls;

        Quoting(int columns) {
            this.nulls = new boolean[columns];
        }

        @Override
        public boolean quoteEmpty(int line, int field) {
            return !nulls[field] && options.nullText.isEmpty();
        }

        @Override
        public boolean quoteValue(int line, int field, String value) {
            return !nulls[field] && value.equals(options.nullText);
        }
    }

    private static final class Unclosed extends FilterOutputStream {
        Unclosed(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int start, int length) throws IOException {
            out.write(bytes, start, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
