import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Part of the training run: asks a server over HTTP what dashboards, probes and Prometheus ask.
///
/// usage: java Ask URL       (of a server on the sample data)
final class Ask {
    private static final String SQL =
            "SELECT l_returnflag, l_shipdate, l_quantity, l_comment FROM lineitem ORDER BY l_orderkey LIMIT 5000";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String url;

    private Ask(String url) {
        this.url = url;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        Ask ask = new Ask(args[0]);
        for (String path : List.of("/health/live", "/health/ready", "/v1/connect", "/v1/datasets")) {
            ask.expect(200, HttpRequest.newBuilder(ask.at(path)));
        }
        for (String format : List.of("json", "ndjson", "csv", "arrow", "parquet")) {
            ask.expect(200, ask.post("/v1/sql?format=" + format, SQL));
        }
        URI counted = ask.at("/v1/sql?q=SELECT%20count(*)%20AS%20n%20FROM%20nation");
        ask.expect(200, HttpRequest.newBuilder(counted).header("Accept-Encoding", "gzip"));
        HttpResponse<byte[]> plain = ask.expect(200, HttpRequest.newBuilder(counted));
        String tag = plain.headers().firstValue("ETag").orElseThrow();
        ask.expect(304, HttpRequest.newBuilder(counted).header("If-None-Match", tag));
        // A caller's mistake is part of the day, and the way it is told.
        ask.expect(400, ask.post("/v1/sql", "SELECT n_nam FROM nation"));
        ask.expect(200, HttpRequest.newBuilder(ask.at("/v1/queries")));
        ask.expect(200, HttpRequest.newBuilder(ask.at("/metrics")));
    }

    private URI at(String path) {
        return URI.create(url + path);
    }

    private HttpRequest.Builder post(String path, String sql) {
        return HttpRequest.newBuilder(at(path))
                .header("Content-Type", "application/sql")
                .POST(BodyPublishers.ofString(sql));
    }

    private HttpResponse<byte[]> expect(int status, HttpRequest.Builder builder) throws IOException, InterruptedException {
        HttpRequest request = builder.build();
        HttpResponse<byte[]> answer = client.send(request, BodyHandlers.ofByteArray());
        if (answer.statusCode() != status) {
            throw new IOException(request.method() + " " + request.uri() + ": " + answer.statusCode() + " (expected: "
                    + status + ") " + new String(answer.body(), StandardCharsets.UTF_8));
        }
        return answer;
    }
}
