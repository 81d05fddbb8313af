package dev.bowyer.engine.datafusion;

import static dev.bowyer.engine.datafusion.NativeCalls.BYTES;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Calls into `libbowyer`, one method a shape of C function or a function of its own shape: bytes and JSON
/// in, handles and what came out, errors as [ServiceException]. What the library hands out as `Bytes` is
/// copied and freed here. Every method may be called from any thread; which of them block stands in
/// `native/README.md`.
final class NativeBorder {
    /// The version of the C ABI that this class speaks.
    static final int ABI_VERSION = 4;

    private final NativeCalls calls;

    private NativeBorder(NativeCalls calls) {
        this.calls = calls;
    }

    /// Loads the library that [NativeLibrary] finds. Cheap after the first time in a process.
    ///
    /// @throws ServiceException UNSUPPORTED if there is none for this machine or it is not of [#ABI_VERSION]
    static NativeBorder load() {
        return load(NativeLibrary.find());
    }

    static NativeBorder load(Path file) {
        try {
            NativeBorder border = new NativeBorder(new NativeCalls(file));
            border.requireAbiVersion(file);
            return border;
        } catch (IllegalArgumentException | NoSuchElementException e) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED,
                    "the engine library " + file + " cannot be loaded: " + e.getMessage(),
                    NativeLibrary.BUILD_IT,
                    e);
        }
    }

    NativeCalls calls() {
        return calls;
    }

    JsonNode buildInfo() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment json = arena.allocate(BYTES);
            check(arena, null, error -> (int) calls.buildInfo.invokeExact(json, error));
            return Json.read(take(json));
        }
    }

    long engineNew(byte[] options, MemorySegment ready) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_BYTE, options);
            MemorySegment handle = arena.allocate(JAVA_LONG);
            check(arena, null, error -> (int) calls.engineNew.invokeExact(in, in.byteSize(), ready, handle, error));
            return handle.get(JAVA_LONG, 0);
        }
    }

    /// `call(handle)`: the functions that free, cancel or finish something.
    void on(MethodHandle call, long handle) {
        try (Arena arena = Arena.ofConfined()) {
            check(arena, null, error -> (int) call.invokeExact(handle, error));
        }
    }

    /// `call(handle, text)`.
    void on(MethodHandle call, long handle, byte[] text) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_BYTE, text);
            check(arena, null, error -> (int) call.invokeExact(handle, in, in.byteSize(), error));
        }
    }

    /// `call(handle) -> JSON`.
    JsonNode ask(MethodHandle call, long handle) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment json = arena.allocate(BYTES);
            check(arena, null, error -> (int) call.invokeExact(handle, json, error));
            return Json.read(take(json));
        }
    }

    /// `call(handle, text) -> bytes`.
    ///
    /// @param sql what an error's position points into, if it has one
    byte[] ask(MethodHandle call, long handle, byte[] text, @Nullable String sql) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_BYTE, text);
            MemorySegment out = arena.allocate(BYTES);
            check(arena, sql, error -> (int) call.invokeExact(handle, in, in.byteSize(), out, error));
            return take(out);
        }
    }

    /// `call(handle, text) -> handle`.
    long make(MethodHandle call, long handle, byte[] text, @Nullable String sql) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_BYTE, text);
            MemorySegment made = arena.allocate(JAVA_LONG);
            check(arena, sql, error -> (int) call.invokeExact(handle, in, in.byteSize(), made, error));
            return made.get(JAVA_LONG, 0);
        }
    }

    /// `call(handle, text, more) -> handle`.
    long makeWith(MethodHandle call, long handle, byte[] text, byte[] more) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_BYTE, text);
            MemorySegment rest = arena.allocateFrom(JAVA_BYTE, more);
            MemorySegment made = arena.allocate(JAVA_LONG);
            check(arena, null, error ->
                    (int) call.invokeExact(handle, in, in.byteSize(), rest, rest.byteSize(), made, error));
            return made.get(JAVA_LONG, 0);
        }
    }

    void storePut(long engine, byte[] prefix, byte[] options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_BYTE, prefix);
            MemorySegment json = arena.allocateFrom(JAVA_BYTE, options);
            check(arena, null, error ->
                    (int) calls.storePut.invokeExact(engine, in, in.byteSize(), json, json.byteSize(), error));
        }
    }

    byte[] objectRead(long engine, byte[] url, long offset, long length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_BYTE, url);
            MemorySegment out = arena.allocate(BYTES);
            check(arena, null, error ->
                    (int) calls.objectRead.invokeExact(engine, in, in.byteSize(), offset, length, out, error));
            return take(out);
        }
    }

    /// @return 0 when no file changed
    long tableRefresh(long table) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment newer = arena.allocate(JAVA_LONG);
            check(arena, null, error -> (int) calls.tableRefresh.invokeExact(table, newer, error));
            return newer.get(JAVA_LONG, 0);
        }
    }

    TableInfo tableInfo(long table) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment json = arena.allocate(BYTES);
            MemorySegment schema = arena.allocate(BYTES);
            check(arena, null, error -> (int) calls.tableInfo.invokeExact(table, json, schema, error));
            return new TableInfo(Json.read(take(json)), NativeMessage.schema(take(schema)));
        }
    }

    StatementInfo statementInfo(long statement) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment json = arena.allocate(BYTES);
            MemorySegment schema = arena.allocate(BYTES);
            MemorySegment parameters = arena.allocate(BYTES);
            check(arena, null, error ->
                    (int) calls.statementInfo.invokeExact(statement, json, schema, parameters, error));
            return new StatementInfo(
                    Json.read(take(json)), NativeMessage.schema(take(schema)), NativeMessage.schema(take(parameters)));
        }
    }

    int statementParts(long statement, int wanted) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parts = arena.allocate(JAVA_INT);
            check(arena, null, error -> (int) calls.statementParts.invokeExact(statement, wanted, parts, error));
            return parts.get(JAVA_INT, 0);
        }
    }

    /// @param parameters an Arrow IPC stream of one row, or empty
    long execute(long statement, byte[] parameters, byte[] options, String sql) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocateFrom(JAVA_BYTE, parameters);
            MemorySegment in = arena.allocateFrom(JAVA_BYTE, options);
            MemorySegment query = arena.allocate(JAVA_LONG);
            check(arena, sql, error -> (int)
                    calls.execute.invokeExact(statement, values, values.byteSize(), in, in.byteSize(), query, error));
            return query.get(JAVA_LONG, 0);
        }
    }

    BatchStream.Next queryNext(long query, String sql) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(NativeCalls.MESSAGE);
            check(arena, sql, error -> (int) calls.queryNext.invokeExact(query, message, error));
            return NativeMessage.next(message, this);
        }
    }

    byte[] tpchGenerate(byte[] options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_BYTE, options);
            MemorySegment json = arena.allocate(BYTES);
            check(arena, null, error -> (int) calls.tpchGenerate.invokeExact(in, in.byteSize(), json, error));
            return take(json);
        }
    }

    long writerOpen(byte[] options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_BYTE, options);
            MemorySegment writer = arena.allocate(JAVA_LONG);
            check(arena, null, error -> (int) calls.writerOpen.invokeExact(in, in.byteSize(), writer, error));
            return writer.get(JAVA_LONG, 0);
        }
    }

    private void requireAbiVersion(Path file) {
        int version = invoke(() -> (int) calls.abiVersion.invokeExact());
        if (version != ABI_VERSION) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED,
                    "the engine library " + file + " has ABI version " + version + " (expected: " + ABI_VERSION + ")",
                    NativeLibrary.BUILD_IT);
        }
    }

    private void check(Arena arena, @Nullable String sql, Downcall downcall) {
        MemorySegment error = arena.allocate(BYTES);
        if (invoke(() -> downcall.call(error)) != 0) {
            throw NativeErrors.exception(take(error), sql);
        }
    }

    /// Copies what a `Bytes` points at and frees it.
    private byte[] take(MemorySegment bytes) {
        byte[] copy = NativeCalls.target(bytes).toArray(JAVA_BYTE);
        MemorySegment data = bytes.get(ADDRESS, NativeCalls.BYTES_DATA);
        invoke(() -> {
            calls.bytesFree.invokeExact(data, (long) copy.length);
            return 0;
        });
        return copy;
    }

    /// A downcall throws no checked exception, which its signature cannot say.
    private static int invoke(Invocation invocation) {
        try {
            return invocation.call();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a checked exception out of a downcall", e);
        }
    }

    @FunctionalInterface
    private interface Downcall {
        int call(MemorySegment error) throws Throwable;
    }

    @FunctionalInterface
    private interface Invocation {
        int call() throws Throwable;
    }

    record TableInfo(JsonNode json, Schema schema) {}

    record StatementInfo(JsonNode json, Schema schema, Schema parameters) {}
}
