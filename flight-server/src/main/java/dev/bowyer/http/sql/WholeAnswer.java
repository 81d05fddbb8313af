package dev.bowyer.http.sql;

import dev.bowyer.cache.KeptAnswer;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// An answer that is made before any of it is sent, as long as it is small enough.
final class WholeAnswer {
    private final long maxBytes;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    WholeAnswer(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /// @return whether there was room; otherwise nothing was added
    boolean add(byte[] part) {
        if (bytes.size() + part.length > maxBytes) {
            return false;
        }
        bytes.writeBytes(part);
        return true;
    }

    /// As the other. The message stays the caller's.
    boolean add(RowsBody body, BatchStream.Message message) {
        if (bytes.size() + body.frame(message).length + message.bodyBytes() > maxBytes) {
            return false;
        }
        for (ByteBuffer buffer : body.buffers(message)) {
            byte[] part = new byte[buffer.remaining()];
            buffer.duplicate().get(part);
            bytes.writeBytes(part);
        }
        return true;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    /// With the tag of its content; of each coding, another.
    KeptAnswer finish(boolean isGzip) {
        byte[] plain = bytes();
        return new KeptAnswer(isGzip ? Gzip.of(plain) : plain, etag(plain, isGzip));
    }

    private static String etag(byte[] content, boolean isGzip) {
        try {
            String digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
            return "\"" + digest + (isGzip ? "-gzip" : "") + "\"";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /// Sends it, or says that the client has it.
    static void send(Context context, SqlRequest request, KeptAnswer answer) {
        RowsHeaders.put(context, request);
        context.header("ETag", answer.etag());
        if (names(context.header("If-None-Match"), answer.etag())) {
            context.removeHeader("Content-Type");
            context.removeHeader("Content-Encoding");
            context.status(304);
            return;
        }
        byte[] body = answer.body();
        context.res().setContentLengthLong(body.length);
        try {
            context.res().getOutputStream().write(body);
        } catch (IOException e) {
            throw new ServiceException(ErrorCode.CANCELLED, "the client has gone", null, e);
        }
    }

    /// As RFC 9110, 13.1.2 compares: weak tags count as strong ones.
    private static boolean names(@Nullable String header, String etag) {
        if (header == null) {
            return false;
        }
        for (String tag : header.split(",", -1)) {
            String stripped = tag.strip();
            if (stripped.equals("*") || stripped.equals(etag) || stripped.equals("W/" + etag)) {
                return true;
            }
        }
        return false;
    }
}
