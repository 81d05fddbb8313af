package dev.bowyer.http.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.dataset.DatasetName;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConnectSnippetsTest {
    private static final Server SERVER =
            new Server(URI.create("grpc://my_host:8815"), URI.create("http://my_host:8816"), false);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "public|trips|fl.Ticket(b\"trips\")|FROM trips\")",
                "sales|orders|fl.Ticket(b\"sales.orders\")|FROM sales.orders\")",
                "public|münch|fl.Ticket(\"münch\".encode())|FROM \\\"münch\\\"\")",
                "public|a.b|fl.Ticket(b\"public.a.b\")|FROM \\\"a.b\\\"\")",
                "public|a\"b|fl.Ticket(b\"a\\\"b\")|FROM \\\"a\\\"\\\"b\\\"\")",
                "s|a\\b.c|fl.Ticket(b\"s.a\\\\b.c\")|FROM s.\\\"a\\\\b.c\\\"\")"
            })
    void namesAreRightInPython(String namespace, String table, String ticket, String from) {
        String text = ConnectSnippets.of(SERVER, List.of(new DatasetName(namespace, table)))
                .forConsole();
        assertThat(text).contains(ticket, from);
    }

    @Test
    void namesAreRightInTheShell() {
        String text = ConnectSnippets.of(SERVER, List.of(new DatasetName("public", "a`$\"b")))
                .forConsole();
        assertThat(text)
                .contains(
                        "--uri grpc://my_host:8815 \"SELECT * FROM \\\"a\\`\\$\\\"\\\"b\\\" LIMIT 5\"",
                        "jdbc:arrow-flight-sql://my_host:8815/?useEncryption=false");
    }
}
