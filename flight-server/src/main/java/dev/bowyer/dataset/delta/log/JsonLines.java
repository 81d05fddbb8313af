package dev.bowyer.dataset.delta.log;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.ByteArrayOutputStream;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Splits a file into lines, reading a piece of it at a time. For one thread.
public final class JsonLines {
    private final String name;
    private final int longest;
    private final int pieceBytes;
    private final LongFunction<byte[]> source;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private byte[] piece = {};
    private int at;
    private long offset;
    private boolean ended;
    private int number;

    /// @param name for messages
    /// @param longest most bytes of a line
    /// @param pieceBytes what `source` gives at once, except at the end of the file
    /// @param source the bytes from an offset on
    JsonLines(String name, int longest, int pieceBytes, LongFunction<byte[]> source) {
        this.name = name;
        this.longest = longest;
        this.pieceBytes = pieceBytes;
        this.source = source;
    }

    /// The next line that is not blank; null after the last one.
    public byte @Nullable [] next() {
        while (true) {
            byte[] found = line();
            if (found == null || !isBlank(found)) {
                return found;
            }
        }
    }

    /// What is wrong with the line that [#next] gave last.
    public ServiceException invalid(Exception cause) {
        return new ServiceException(
                ErrorCode.SOURCE_INVALID, name + ": line " + number + " is damaged: " + reason(cause), null, cause);
    }

    /// Without the place in the text, which says nothing of a line that nobody sees.
    public static String reason(Exception cause) {
        String message = cause instanceof com.fasterxml.jackson.core.JsonProcessingException json
                ? json.getOriginalMessage()
                : cause.getMessage();
        return message == null
                ? cause.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }

    private byte @Nullable [] line() {
        boolean any = false;
        number++;
        while (true) {
            if (at == piece.length && !fill()) {
                return any ? take() : null;
            }
            any = true;
            int end = at;
            while (end < piece.length && piece[end] != '\n') {
                end++;
            }
            append(end);
            if (end < piece.length) {
                at = end + 1;
                return take();
            }
            at = end;
        }
    }

    private void append(int end) {
        line.write(piece, at, end - at);
        if (line.size() > longest) {
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED, name + ": line " + number + " has more than " + longest + " bytes");
        }
    }

    private byte[] take() {
        byte[] taken = line.toByteArray();
        line.reset();
        return taken;
    }

    private boolean fill() {
        if (ended) {
            return false;
        }
        piece = source.apply(offset);
        at = 0;
        offset += piece.length;
        ended = piece.length < pieceBytes;
        return piece.length > 0;
    }

    private static boolean isBlank(byte[] text) {
        for (byte c : text) {
            if (c != ' ' && c != '\t' && c != '\r') {
                return false;
            }
        }
        return true;
    }
}
