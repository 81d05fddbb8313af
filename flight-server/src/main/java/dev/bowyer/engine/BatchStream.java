package dev.bowyer.engine;

import java.nio.ByteBuffer;
import java.util.List;

/// The running result of one query, as encoded Arrow IPC messages or as a file in chunks: what
/// [RunOptions#format] says. [#next] and [#close] are for one thread at a time; [#cancel] and [#metrics] for
/// any thread at any moment. Must be closed, also after a failure; messages already handed out stay valid
/// beyond that.
public interface BatchStream extends AutoCloseable {

    /// Never blocks.
    ///
    /// @throws dev.bowyer.error.ServiceException if the run failed: MEMORY_LIMIT, TIMEOUT, CANCELLED,
    ///     SOURCE_CHANGED, ...; thrown again by every later call
    Next next();

    /// Stops the run; [#next] then fails with CANCELLED. Idempotent; without effect on a finished run.
    void cancel();

    QueryMetrics metrics();

    /// Cancels if still running and frees the run's memory. Idempotent.
    @Override
    void close();

    /// What [#next] found.
    sealed interface Next {}

    /// Nothing yet: the listener given to `execute` will be told.
    record Pending() implements Next {
        public static final Pending INSTANCE = new Pending();
    }

    /// All rows have been handed out.
    record End() implements Next {
        public static final End INSTANCE = new End();
    }

    /// One encoded record batch, or the next chunk of a file: all chunks up to [End] are the file, and a run
    /// that fails or is cancelled never hands out its last one. The buffers point at memory of the engine and
    /// are valid until [#release], which the receiver must call exactly once, from any thread; it is cheap.
    /// Calling it again does nothing.
    non-sealed interface Message extends Next {
        /// The `Message` flatbuffer of Arrow IPC, bare: no continuation marker and no length prefix. Direct,
        /// read-only. Empty for a chunk of a file.
        ByteBuffer header();

        /// The body in wire order, padding included. Small buffers are already joined. Direct, read-only.
        List<ByteBuffer> body();

        /// Sum of the body's buffers, in bytes.
        long bodyBytes();

        /// Of a chunk of a file: the rows that are complete with it; 0 where it only ends the file.
        long rows();

        void release();
    }
}
