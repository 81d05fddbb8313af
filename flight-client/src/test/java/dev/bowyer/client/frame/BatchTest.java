package dev.bowyer.client.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchTest {
    private static final int RACES = 20_000;

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void everythingIsReleased() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    private IntVector vector() {
        IntVector vector = new IntVector("id", allocator);
        vector.setSafe(0, 1);
        vector.setValueCount(1);
        return vector;
    }

    private Batch batch(Runnable released) {
        IntVector vector = vector();
        return Batch.of(new Schema(List.of(vector.getField())), List.of(vector), 1, Map.of(), 0, released);
    }

    @Test
    void whoeverRacesWithCloseSharesOrIsToldAndMemoryIsFreedOnce() throws Exception {
        ExecutorService closer = Executors.newSingleThreadExecutor();
        CyclicBarrier both = new CyclicBarrier(2);
        try {
            for (int i = 0; i < RACES; i++) {
                AtomicInteger released = new AtomicInteger();
                Batch batch = batch(released::incrementAndGet);
                Future<?> closed = closer.submit(() -> {
                    both.await();
                    batch.close();
                    return null;
                });
                both.await();
                share(batch, i);
                closed.get();
                assertThat(released).hasValue(1);
            }
        } finally {
            closer.shutdownNow();
        }
    }

    private static void share(Batch batch, int race) {
        try (Batch other = race % 2 == 0 ? batch.share() : batch.select(List.of(0))) {
            assertThat(((IntVector) other.vector(0)).get(0)).isEqualTo(1);
        } catch (BowyerException e) {
            assertThat(e.code()).isEqualTo(ErrorCodes.CLOSED);
        }
    }

    @Test
    void aReleasedDictionaryIsNotRetained() {
        DictionaryEncoding encoding = new DictionaryEncoding(1, false, new ArrowType.Int(32, true));
        SharedDictionary dictionary = new SharedDictionary(new Dictionary(vector(), encoding));
        dictionary.retain().release();
        dictionary.release();
        assertThatThrownBy(dictionary::retain)
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.CLOSED));
    }

    @Test
    void whatWasSharedBeforeAFailureIsGivenBack() {
        Batch first = batch(() -> {});
        Batch second = batch(() -> {});
        try (first) {
            Chunks chunks = Chunks.of(List.of(first, second));
            second.close();
            assertThatThrownBy(chunks::share).isInstanceOf(BowyerException.class);
            assertThatThrownBy(() -> chunks.select(List.of(0))).isInstanceOf(BowyerException.class);
        }
        assertThat(allocator.getAllocatedMemory()).isZero();
    }
}
