package dev.bowyer.http.exchange;

import dev.bowyer.error.ErrorCode;
import io.javalin.http.Context;
import jakarta.servlet.ServletInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Reads the body of a request as text, within bounds of size and time.
public final class RequestBody {
    /// How long a body may take from its first byte to its last.
    static final Duration MAX_TIME = Duration.ofSeconds(30);

    /// Most of a refused body that is read and thrown away, in bytes, and for how long.
    static final long MAX_DISCARDED = 64L << 20;

    static final Duration MAX_DISCARD_TIME = Duration.ofSeconds(5);

    private static final int CHUNK = 8 * 1024;
    /// Set on requests whose body was asked for.
    private static final String BEGUN = "bowyer.body";

    private RequestBody() {}

    /// UTF-8.
    ///
    /// @throws HttpRefusal 413 over `maxBytes`, 408 past [#MAX_TIME], 415 for a coding, 400 for what is not UTF-8
    public static String text(Context context, long maxBytes) {
        String coding = context.header("Content-Encoding");
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            throw HttpRefusal.of(
                    415, ErrorCode.INVALID_ARGUMENT, "the body is compressed (Content-Encoding)", "send it as it is");
        }
        if (context.req().getContentLengthLong() > maxBytes) {
            throw tooLarge(maxBytes);
        }
        context.attribute(BEGUN, true);
        try (BodyWait _ = BodyWait.of(context, MAX_TIME)) {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes(context.req().getInputStream(), maxBytes)))
                    .toString();
        } catch (CharacterCodingException _) {
            throw HttpRefusal.of(400, ErrorCode.INVALID_ARGUMENT, "the body is not UTF-8", null);
        } catch (IOException e) {
            throw isTimeout(e)
                    ? HttpRefusal.of(408, ErrorCode.INVALID_ARGUMENT, "the body did not arrive", "send it faster")
                    : HttpRefusal.of(400, ErrorCode.INVALID_ARGUMENT, "the body broke off, or is no valid HTTP", null);
        }
    }

    /// Reads what is left of a body that nobody wants. To be called before a refusal is sent: many clients read
    /// no answer before they have sent all, and a connection that is closed with unread bytes is reset (TCP,
    /// RFC 9293, section 3.6.1), which may take the answer along.
    static void discard(Context context) {
        // Who asks before it sends (RFC 9110, section 10.1.1) is told by the answer; to read would ask for the body.
        boolean waitsToBeAsked = context.header("Expect") != null && context.attribute(BEGUN) == null;
        boolean hasBody = context.req().getContentLengthLong() > 0 || context.header("Transfer-Encoding") != null;
        if (waitsToBeAsked || !hasBody) {
            return;
        }
        try {
            ServletInputStream in = context.req().getInputStream();
            if (!in.isFinished()) {
                discard(context, in);
            }
        } catch (IOException _) {
            // The client is gone, or too slow: it is told all the same, if it still listens.
        }
    }

    private static void discard(Context context, InputStream in) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long begun = System.nanoTime();
        long left = MAX_DISCARDED;
        try (BodyWait _ = BodyWait.of(context, MAX_DISCARD_TIME)) {
            while (left > 0 && System.nanoTime() - begun < MAX_DISCARD_TIME.toNanos()) {
                int read = in.read(chunk);
                if (read < 0) {
                    return;
                }
                left -= read;
            }
        }
    }

    private static boolean isTimeout(IOException failure) {
        Throwable cause = failure;
        while (cause != null && !(cause instanceof TimeoutException)) {
            cause = cause.getCause();
        }
        return cause != null;
    }

    private static byte[] bytes(InputStream in, long maxBytes) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK];
        long begun = System.nanoTime();
        for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
            all.write(chunk, 0, read);
            if (all.size() > maxBytes) {
                throw tooLarge(maxBytes);
            }
            if (System.nanoTime() - begun > MAX_TIME.toNanos()) {
                throw HttpRefusal.of(
                        408,
                        ErrorCode.INVALID_ARGUMENT,
                        "body-time: the body took over " + MAX_TIME.toSeconds() + " s",
                        "send it faster");
            }
        }
        return all.toByteArray();
    }

    private static HttpRefusal tooLarge(long maxBytes) {
        return HttpRefusal.of(
                413,
                ErrorCode.LIMIT_REACHED,
                "max-body: the body is over " + maxBytes + " bytes",
                "send less, or raise http.max-body");
    }

    /// The media type of a body, in lower case and without parameters; null: it has none.
    ///
    /// @throws HttpRefusal 415 for a charset that is not UTF-8
    public static @Nullable String mediaType(@Nullable String contentType) {
        if (contentType == null || contentType.isBlank()) {
            return null;
        }
        String[] parts = contentType.toLowerCase(Locale.ROOT).split(";", -1);
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].replace("\"", "").strip();
            if (parameter.startsWith("charset=")
                    && !parameter.equals("charset=utf-8")
                    && !parameter.equals("charset=us-ascii")) {
                throw HttpRefusal.of(
                        415, ErrorCode.INVALID_ARGUMENT, "Content-Type: " + contentType, "send the text as UTF-8");
            }
        }
        return parts[0].strip();
    }
}
