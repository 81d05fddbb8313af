package dev.bowyer.engine.datafusion;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.stream.Stream;

/// The functions and structs of `libbowyer`, one field each, and nothing else. Text goes in as pointer and
/// length; the last argument of every function that returns a code is a [#BYTES] for the error.
@SuppressWarnings("restricted")
final class NativeCalls {
    /// `Bytes`, `BowyerError` and `Segment`.
    static final StructLayout BYTES = MemoryLayout.structLayout(ADDRESS.withName("data"), JAVA_LONG.withName("length"));

    static final long BYTES_DATA = BYTES.byteOffset(PathElement.groupElement("data"));
    static final long BYTES_LENGTH = BYTES.byteOffset(PathElement.groupElement("length"));

    static final StructLayout MESSAGE = MemoryLayout.structLayout(
            JAVA_INT.withName("state"),
            JAVA_INT.withName("segments_count"),
            JAVA_LONG.withName("handle"),
            JAVA_LONG.withName("rows"),
            JAVA_LONG.withName("body_length"),
            BYTES.withName("header"),
            ADDRESS.withName("segments"));

    static final long MESSAGE_STATE = messageOffset("state");
    static final long MESSAGE_SEGMENTS_COUNT = messageOffset("segments_count");
    static final long MESSAGE_HANDLE = messageOffset("handle");
    static final long MESSAGE_ROWS = messageOffset("rows");
    static final long MESSAGE_BODY_LENGTH = messageOffset("body_length");
    static final long MESSAGE_HEADER = messageOffset("header");
    static final long MESSAGE_SEGMENTS = messageOffset("segments");

    private static final Linker LINKER = Linker.nativeLinker();

    final MethodHandle abiVersion;
    final MethodHandle buildInfo;
    final MethodHandle bytesFree;
    final MethodHandle engineNew;
    final MethodHandle engineFree;
    final MethodHandle engineStats;
    final MethodHandle storePut;
    final MethodHandle storeDrop;
    final MethodHandle objectHead;
    final MethodHandle objectRead;
    final MethodHandle objectList;
    final MethodHandle tableOpen;
    final MethodHandle tableOpenLake;
    final MethodHandle tableOpenRows;
    final MethodHandle tableRefresh;
    final MethodHandle tableInfo;
    final MethodHandle tableStatistics;
    final MethodHandle tableFree;
    final MethodHandle sessionNew;
    final MethodHandle sessionFree;
    final MethodHandle sqlTables;
    final MethodHandle prepare;
    final MethodHandle statementInfo;
    final MethodHandle statementParts;
    final MethodHandle statementBind;
    final MethodHandle statementFree;
    final MethodHandle explain;
    final MethodHandle execute;
    final MethodHandle queryNext;
    final MethodHandle messageRelease;
    final MethodHandle queryCancel;
    final MethodHandle queryMetrics;
    final MethodHandle queryFree;
    final MethodHandle tpchGenerate;
    final MethodHandle writerOpen;
    final MethodHandle writerWrite;
    final MethodHandle writerClose;
    final MethodHandle writerAbort;

    /// Loads the library for the rest of the process.
    ///
    /// @throws IllegalArgumentException if it cannot be loaded
    /// @throws java.util.NoSuchElementException if a function is missing
    NativeCalls(Path file) {
        SymbolLookup library = SymbolLookup.libraryLookup(file, Arena.global());
        abiVersion = link(library, "bowyer_abi_version", FunctionDescriptor.of(JAVA_INT));
        buildInfo = call(library, "bowyer_build_info", ADDRESS);
        bytesFree = link(library, "bowyer_bytes_free", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
        engineNew = call(library, "bowyer_engine_new", ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
        engineFree = call(library, "bowyer_engine_free", JAVA_LONG);
        engineStats = call(library, "bowyer_engine_stats", JAVA_LONG, ADDRESS);
        storePut = call(library, "bowyer_store_put", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG);
        storeDrop = call(library, "bowyer_store_drop", JAVA_LONG, ADDRESS, JAVA_LONG);
        objectHead = call(library, "bowyer_object_head", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        objectRead = call(library, "bowyer_object_read", JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS);
        objectList = call(library, "bowyer_object_list", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        tableOpenLake =
                call(library, "bowyer_table_open_lake", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        tableOpenRows =
                call(library, "bowyer_table_open_rows", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        tableOpen = call(library, "bowyer_table_open", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        tableRefresh = call(library, "bowyer_table_refresh", JAVA_LONG, ADDRESS);
        tableInfo = call(library, "bowyer_table_info", JAVA_LONG, ADDRESS, ADDRESS);
        tableStatistics = call(library, "bowyer_table_statistics", JAVA_LONG, ADDRESS);
        tableFree = call(library, "bowyer_table_free", JAVA_LONG);
        sessionNew = call(library, "bowyer_session_new", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        sessionFree = call(library, "bowyer_session_free", JAVA_LONG);
        sqlTables = call(library, "bowyer_sql_tables", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        prepare = call(library, "bowyer_prepare", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        statementInfo = call(library, "bowyer_statement_info", JAVA_LONG, ADDRESS, ADDRESS, ADDRESS);
        statementParts = call(library, "bowyer_statement_parts", JAVA_LONG, JAVA_INT, ADDRESS);
        statementBind = call(library, "bowyer_statement_bind", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        statementFree = call(library, "bowyer_statement_free", JAVA_LONG);
        explain = call(library, "bowyer_explain", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        execute = call(library, "bowyer_execute", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        queryNext = call(library, "bowyer_query_next", JAVA_LONG, ADDRESS);
        messageRelease = call(library, "bowyer_message_release", JAVA_LONG);
        queryCancel = call(library, "bowyer_query_cancel", JAVA_LONG);
        queryMetrics = call(library, "bowyer_query_metrics", JAVA_LONG, ADDRESS);
        queryFree = call(library, "bowyer_query_free", JAVA_LONG);
        tpchGenerate = call(library, "bowyer_tpch_generate", ADDRESS, JAVA_LONG, ADDRESS);
        writerOpen = call(library, "bowyer_writer_open", ADDRESS, JAVA_LONG, ADDRESS);
        writerWrite = call(library, "bowyer_writer_write", JAVA_LONG, ADDRESS, JAVA_LONG);
        writerClose = call(library, "bowyer_writer_close", JAVA_LONG);
        writerAbort = call(library, "bowyer_writer_abort", JAVA_LONG);
    }

    /// A C function `void (*)(uint64_t)` that calls `target`, which must let no exception out. It lives as
    /// long as the process, because a thread of the engine may be on its way into it at any time.
    static MemorySegment upcall(MethodHandle target) {
        return LINKER.upcallStub(target, FunctionDescriptor.ofVoid(JAVA_LONG), Arena.global());
    }

    /// The memory that a [#BYTES] points at; the caller answers for its life.
    static MemorySegment target(MemorySegment bytes) {
        return bytes.get(ADDRESS, BYTES_DATA).reinterpret(bytes.get(JAVA_LONG, BYTES_LENGTH));
    }

    /// `count` [#BYTES] that lie one after another at the address.
    static Stream<MemorySegment> array(MemorySegment address, long count) {
        return count == 0
                ? Stream.empty()
                : address.reinterpret(BYTES.byteSize() * count).elements(BYTES);
    }

    private static MethodHandle call(SymbolLookup library, String name, MemoryLayout... arguments) {
        return link(library, name, FunctionDescriptor.of(JAVA_INT, arguments).appendArgumentLayouts(ADDRESS));
    }

    private static MethodHandle link(SymbolLookup library, String name, FunctionDescriptor function) {
        return LINKER.downcallHandle(library.findOrThrow(name), function);
    }

    private static long messageOffset(String field) {
        return MESSAGE.byteOffset(PathElement.groupElement(field));
    }
}
