package dev.bowyer.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.ByteSize;
import dev.bowyer.client.error.BowyerException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server that does what it is told, and clients whose memory must all come back. */
abstract class ScriptedCase {
    final BufferAllocator allocator = new RootAllocator();
    final BufferAllocator ofClient = new RootAllocator();
    final List<BowyerClient> clients = new ArrayList<>();
    ScriptedServer server;

    @BeforeEach
    void start() throws Exception {
        server = new ScriptedServer();
    }

    @AfterEach
    void end() throws Exception {
        clients.forEach(BowyerClient::close);
        server.close();
        assertThat(ofClient.getAllocatedMemory()).isZero();
        ofClient.close();
        allocator.close();
    }

    BowyerClient client() {
        return client(ByteSize.ofMebibytes(64), Duration.ofSeconds(20));
    }

    BowyerClient client(ByteSize budget, Duration idle) {
        BowyerClient client = BowyerClient.connect(
                server.uri(),
                options -> options.allocator(ofClient).memoryBudget(budget).idleTimeout(idle));
        clients.add(client);
        return client;
    }

    static void fails(String code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(BowyerException.class, e -> {
            assertThat(e.code()).as(e.toString()).isEqualTo(code);
            assertThat(e).hasMessageContaining(text);
        });
    }
}
