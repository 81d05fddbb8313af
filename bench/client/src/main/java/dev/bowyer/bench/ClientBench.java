package dev.bowyer.bench;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.ByteSize;
import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.sink.DflibSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/// Commands are read from stdin, one a line, and answered on stdout, one a line: seconds, or numbers of bytes. The JVM
/// stays, so that what comes first does not pay for what is compiled later.
public final class ClientBench {
    private static final double NANOS = 1e9;
    private static final long KIBI = 1024;
    private static final long BUDGET_MIB = 64;
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final String uri;

    private ClientBench(String uri) {
        this.uri = uri;
    }

    /// @param arguments the URI of the server
    public static void main(String[] arguments) throws Exception {
        ClientBench bench = new ClientBench(arguments[0]);
        var input = new java.io.BufferedReader(
                new java.io.InputStreamReader(System.in, java.nio.charset.StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", 2);
            System.out.println(bench.run(words[0], words[1]));
        }
    }

    private String run(String what, String of) throws Exception {
        return switch (what) {
            case "stock" -> seconds(() -> stock(of, false));
            case "kept" -> seconds(() -> stock(of, true));
            case "frame" -> seconds(() -> frame(of));
            case "stream" -> seconds(() -> stream(of));
            case "jdbc" -> seconds(() -> jdbc(of));
            case "dflib" -> seconds(() -> dflib(of));
            case "peak" -> peak(of);
            case "budget" -> budget(of);
            default -> throw new IllegalArgumentException(what);
        };
    }

    private static String seconds(Callable<Long> run) throws Exception {
        long began = System.nanoTime();
        long rows = run.call();
        double seconds = (System.nanoTime() - began) / NANOS;
        return seconds + " " + rows;
    }

    /// Reads all endpoints of a path with Arrow's client.
    ///
    /// @param keeps whether all batches stay in memory to the end
    @SuppressWarnings("try") // closing is interruptible there, and nobody interrupts
    private long stock(String path, boolean keeps) throws Exception {
        long rows = 0;
        Location location = new Location(uri.replace("grpc://", "grpc+tcp://"));
        List<ArrowRecordBatch> kept = new ArrayList<>();
        try (BufferAllocator allocator = new RootAllocator();
                FlightClient client = FlightClient.builder(allocator, location).build()) {
            for (var endpoint : client.getInfo(FlightDescriptor.path(path)).getEndpoints()) {
                try (FlightStream stream = client.getStream(endpoint.getTicket())) {
                    while (stream.next()) {
                        rows += stream.getRoot().getRowCount();
                        if (keeps) {
                            kept.add(new VectorUnloader(stream.getRoot()).getRecordBatch());
                        }
                    }
                }
            }
            kept.forEach(ArrowRecordBatch::close);
        }
        return rows;
    }

    private long frame(String path) {
        try (BowyerClient client = BowyerClient.connect(uri);
                ArrowFrame frame = client.dataset(path).fetch()) {
            return frame.rowCount();
        }
    }

    private long stream(String path) {
        try (BowyerClient client = BowyerClient.connect(uri);
                BatchStream stream = client.dataset(path).stream()) {
            stream.drain(batch -> {});
            return stream.rowsRead();
        }
    }

    private long dflib(String sql) {
        try (BowyerClient client = BowyerClient.connect(uri)) {
            return client.sql(sql).into(DflibSink.frame()).height();
        }
    }

    /// Row by row into lists, as data frames are filled from JDBC.
    private long jdbc(String sql) throws SQLException {
        String url = uri.replace("grpc://", "jdbc:arrow-flight-sql://") + "/?useEncryption=false";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            int columns = rows.getMetaData().getColumnCount();
            List<List<Object>> values = new ArrayList<>();
            for (int i = 0; i < columns; i++) {
                values.add(new ArrayList<>());
            }
            while (rows.next()) {
                for (int i = 0; i < columns; i++) {
                    values.get(i).add(rows.getObject(i + 1));
                }
            }
            return values.get(0).size();
        }
    }

    /// Growth of the resident peak over what was resident before, and bytes of the frame.
    private String peak(String path) throws IOException {
        long before = status(RESIDENT);
        try (BowyerClient client = BowyerClient.connect(uri);
                ArrowFrame frame = client.dataset(path).fetch()) {
            return (status(PEAK) - before) + " " + frame.byteCount();
        }
    }

    /// Most bytes that were held under a budget of 64 MiB, and rows.
    private String budget(String path) {
        long[] most = {0};
        try (BowyerClient client =
                        BowyerClient.connect(uri, options -> options.memoryBudget(ByteSize.ofMebibytes(BUDGET_MIB)));
                BatchStream stream = client.dataset(path).stream()) {
            stream.drain(batch -> most[0] = Math.max(most[0], client.memoryHeld()));
            return most[0] + " " + stream.rowsRead();
        }
    }

    private static long status(Pattern line) throws IOException {
        Matcher matcher = line.matcher(Files.readString(Path.of("/proc/self/status")));
        if (!matcher.find()) {
            throw new IOException("no " + line + " in /proc/self/status");
        }
        return Long.parseLong(matcher.group(1)) * KIBI;
    }
}
