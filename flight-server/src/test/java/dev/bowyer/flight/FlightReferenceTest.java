package dev.bowyer.flight;

import dev.bowyer.ReferencePage;
import dev.bowyer.flight.command.ServerAction;
import dev.bowyer.flight.session.SessionOption;
import java.io.IOException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// `docs/reference/flight.md` is made of what the code declares.
final class FlightReferenceTest {
    @Test
    void pageIsUpToDate() throws IOException {
        ReferencePage.check("flight.md", page());
    }

    private static String page() {
        StringBuilder page = new StringBuilder("""
                # Flight: options, actions, limits

                Generated from the code. How to use them: [connect clients](../how-to/connect-clients.md).

                ## Options

                For a session by SetSessionOptions, for one call by the header `x-bowyer-NAME`.

                | name | values | default | what |
                |---|---|---|---|
                """);
        for (SessionOption option : SessionOption.values()) {
            String values = switch (option) {
                case SCHEMA -> "a schema that has tables";
                case PARALLELISM -> "1 to " + SessionOption.MAX_PARALLELISM;
                case CATALOG, WIRE, TIMESTAMP_UNIT, TIMESTAMP_ZONE, DECIMAL ->
                    option.possible().stream().map(value -> "`" + value + "`").collect(Collectors.joining(", "));
            };
            page.append("| `%s` | %s | `%s` | %s |%n"
                    .formatted(option.optionName(), values, option.defaultValue(), option.description()));
        }
        page.append("""

                ## Actions

                | type | what |
                |---|---|
                """);
        ServerAction.Kind.served()
                .forEach(kind -> page.append("| %s | %s |%n".formatted(kind.type(), kind.description())));
        page.append("""

                ## Limits

                | what | limit |
                |---|---|
                | header block of a request | %d bytes |
                | message of a client | %d bytes |
                | open calls of a connection | %d |
                | streams that a client may reset | %d in %d s |
                | values bound to one statement | %d bytes |
                | first wait of PollFlightInfo, later ones | %d ms, %d ms |
                | wait of a polled query for the next poll or its reader | %d s |
                """.formatted(
                        FlightEndpoint.MAX_HEADERS,
                        FlightEndpoint.MAX_INBOUND_MESSAGE,
                        FlightEndpoint.MAX_CALLS_PER_CONNECTION,
                        FlightEndpoint.MAX_RESETS,
                        FlightEndpoint.RESET_WINDOW_SECONDS,
                        dev.bowyer.query.QueryService.MAX_PARAMETER_BYTES,
                        Polls.FIRST_WAIT.toMillis(),
                        Polls.NEXT_WAIT.toMillis(),
                        dev.bowyer.query.QueryService.POLL_IDLE.toSeconds()));
        return page.toString();
    }
}
