package dev.bowyer.client;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.BatchSource;
import dev.bowyer.client.frame.Partition;
import dev.bowyer.client.frame.Results;
import dev.bowyer.client.lazy.LazyFrame;
import dev.bowyer.client.lazy.Statement;
import dev.bowyer.client.wire.Connection;
import dev.bowyer.client.wire.ServerUri;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A connection to one server: any that speaks Arrow Flight or Flight SQL. Thread-safe.
 *
 * <pre>{@code
 * try (BowyerClient client = BowyerClient.connect("grpc://localhost:8815");
 *         ArrowFrame trips = client.sql("SELECT * FROM trips WHERE fare > $fare").bind("fare", 20).fetch()) {
 *     trips.print();
 * }
 * }</pre>
 */
public final class BowyerClient implements AutoCloseable {
    private final Connection connection;
    private final ServerKind server;
    /** One object: frames are of one client if they have the same. */
    private final Function<Statement, Results> runner;

    private BowyerClient(Connection connection) {
        this.connection = connection;
        this.server = new ServerKind(connection);
        this.runner = statement -> {
            SqlQuery query = sql(statement.sql());
            return statement.parameters().isEmpty() ? query : query.bindAll(statement.parameters());
        };
    }

    /**
     * Prepares a connection; the server is not called before the first request.
     *
     * @param uri {@code grpc://HOST:PORT}, {@code grpc+tls://HOST:PORT} or {@code grpc+unix:///PATH}
     * @throws BowyerException INVALID_ARGUMENT when the URI has another form
     */
    public static BowyerClient connect(String uri) {
        return connect(uri, options -> {});
    }

    /** As {@link #connect(String)}. */
    public static BowyerClient connect(URI uri) {
        return connect(uri.toString());
    }

    /**
     * As {@link #connect(String)}.
     *
     * @param options sets what is not to be as it is by default
     */
    public static BowyerClient connect(String uri, Consumer<ClientOptions> options) {
        ServerUri parsed = ServerUri.parse(uri);
        ClientOptions chosen = new ClientOptions();
        options.accept(chosen);
        return new BowyerClient(
                new Connection(chosen.settings(parsed), chosen.budget(), chosen.allocator(), chosen.executor()));
    }

    /** A statement of SQL. Nothing runs before one of the query's verbs is called. */
    public SqlQuery sql(String statement) {
        return new SqlQuery(connection, QueryOptions.DEFAULT, statement, List.of(), Map.of());
    }

    /**
     * The rows of a dataset, without SQL.
     *
     * @param path as the server names it: one element, or several; Bowyer servers take {@code "orders"}, {@code "sales.orders"} and
     *     {@code "sales", "orders"}
     */
    public DatasetQuery dataset(String... path) {
        if (path.length == 0) {
            throw BowyerException.of(ErrorCodes.INVALID_ARGUMENT, "dataset: no name is given", null);
        }
        return new DatasetQuery(
                connection,
                QueryOptions.DEFAULT,
                server,
                new DatasetQuery.Selection(List.of(path), List.of(), null, null, null));
    }

    /** A part of an answer, from {@link dev.bowyer.client.frame.Results#partitions}. */
    public PartitionQuery partition(Partition partition) {
        return new PartitionQuery(connection, QueryOptions.DEFAULT, partition);
    }

    /** A frame that is not there yet: its steps are gathered here and run by the server. */
    public LazyFrame frame(String table) {
        return LazyFrame.of(runner, table);
    }

    /** All datasets that the server shows to this caller, in the server's order. */
    public List<DatasetInfo> datasets() {
        return Listings.datasets(connection);
    }

    /**
     * One dataset with its columns.
     *
     * @throws BowyerException DATASET_NOT_FOUND of a Bowyer server, with the nearest names; NOT_FOUND of most others
     */
    public DatasetInfo describe(String... path) {
        return Listings.dataset(connection, List.of(path));
    }

    /**
     * Does an action of the server, such as {@code list_snapshots} of Bowyer.
     *
     * @return the answers, in order
     */
    public List<byte[]> action(String type, byte[] body) {
        return Listings.action(connection, type, body);
    }

    /**
     * Sends rows to a server that takes them: by Flight SQL's ingestion where it has it, else as an upload to the path. An upload has
     * no mode: what becomes of rows that are there is then the server's choice.
     *
     * @param table where to; its name as the server knows it
     * @param rows a frame, or a query of this or another client
     * @return number of rows
     * @throws BowyerException UNIMPLEMENTED, or UNSUPPORTED of a Bowyer server, when it takes none
     */
    public long put(String table, BatchSource rows, PutMode mode) {
        if (server.takesIngestion()) {
            return connection.ingest(table, Ingestion.options(mode), rows, QueryOptions.DEFAULT.manner());
        }
        return connection.put(List.of(table), rows, QueryOptions.DEFAULT.manner());
    }

    /** Bytes of frames and batches that were read and are not closed. */
    public long memoryHeld() {
        return connection.memory().held();
    }

    /** Ends the connection, and the streams that are read. Frames and batches stay valid until they are closed themselves. */
    @Override
    public void close() {
        connection.close();
    }
}
