package dev.bowyer;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.flight.GrpcStatuses;
import dev.bowyer.http.exchange.HttpStatuses;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// `docs/reference/errors.md` is made of what the codes say of themselves and of what each protocol makes of them.
final class ErrorReferenceTest {
    @Test
    void pageIsUpToDate() throws IOException {
        StringBuilder page = new StringBuilder("""
                # Error codes

                Generated from the code. Every failure has one of these codes, over Flight and over HTTP: a stable name to
                test for. Over Flight it is the reason of the `google.rpc.ErrorInfo` and begins the message; over HTTP it
                is `code` of the problem JSON. Messages and hints may change.

                Some HTTP requests are refused with a more exact status than their code has: 404 and 405 for unknown paths
                and methods, 406 when no format is taken, 408 and 413 for bodies too slow or too large, 414 and 431 for
                addresses and headers too long, 415 for content of another type.
                """);
        for (ErrorCode code : ErrorCode.values()) {
            page.append(
                    """

                    ## %s

                    %s

                    HTTP %d, gRPC %s. %s
                    """.formatted(code, code.meaning(), HttpStatuses.of(code), GrpcStatuses.of(code), code.remedy()));
        }
        ReferencePage.check("errors.md", page.toString());
    }
}
