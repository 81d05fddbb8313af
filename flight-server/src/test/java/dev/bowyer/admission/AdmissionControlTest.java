package dev.bowyer.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.access.Caller;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class AdmissionControlTest {
    private static final Caller ANN = new Caller("ann");
    private static final Caller BOB = new Caller("bob");
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final int SEEDS = 2_000;

    private final SteppedTimer timer = new SteppedTimer();

    @Test
    void aFreeSlotIsGrantedAtOnce() {
        AdmissionControl control = control(1, 1, 0);
        Permit permit = control.request(ANN);
        assertThat(permit.granted()).isCompletedWithValue(Duration.ZERO);
        assertThat(control.running()).isEqualTo(1);
        permit.close();
        permit.close();
        assertThat(control.running()).isZero();
    }

    @Test
    void whatWaitsGetsTheNextSlotAndKnowsHowLongItTook() {
        AdmissionControl control = control(1, 1, 1);
        Permit first = control.request(ANN);
        Permit second = control.request(ANN);
        timer.step(Duration.ofSeconds(3));
        assertThat(second.granted()).isNotDone();
        first.close();
        assertThat(second.granted()).isCompletedWithValue(Duration.ofSeconds(3));
    }

    @Test
    void overTheQueueIsRefusedWithTheLimitAndWhenToComeBack() {
        AdmissionControl control = control(1, 1, 1);
        control.request(ANN);
        control.request(ANN);
        ServiceException refusal = refusal(control.request(ANN));
        assertThat(refusal.code()).isEqualTo(ErrorCode.LIMIT_REACHED);
        assertThat(refusal).hasMessageContaining("limits.queue: 1").hasMessageContaining("concurrent-queries: 1");
        assertThat(refusal.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofMinutes(1));
        assertThat(refusal.hint()).contains("try again in");
        assertThat(control.refused(RefusedBy.QUEUE)).isEqualTo(1);
    }

    @Test
    void ownQueriesAreNamedWhenTheyAreWhatKeepsOneFromRunning() {
        AdmissionControl control = control(4, 1, 0);
        control.request(ANN);
        assertThat(refusal(control.request(ANN))).hasMessageContaining("limits.per-caller: 1");
        assertThat(control.request(BOB).granted()).isCompleted();
        assertThat(control.refused(RefusedBy.PER_CALLER)).isEqualTo(1);
    }

    @Test
    void theWaitEnds() {
        AdmissionControl control = control(1, 1, 5);
        Permit runs = control.request(ANN);
        Permit waits = control.request(BOB);
        timer.step(WAIT.minusMillis(1));
        Permit later = control.request(BOB);
        assertThat(waits.granted()).isNotDone();
        timer.step(Duration.ofMillis(1));
        assertThat(refusal(waits)).hasMessageContaining("limits.queue-wait");
        assertThat(later.granted()).isNotDone();
        runs.close();
        assertThat(later.granted()).isCompleted();
        assertThat(control.refused(RefusedBy.QUEUE_WAIT)).isEqualTo(1);
    }

    @Test
    void aFloodOfOneCallerKeepsNobodyElseWaiting() {
        AdmissionControl control = control(2, 2, 10);
        List<Permit> flood =
                IntStream.range(0, 12).mapToObj(_ -> control.request(ANN)).toList();
        Permit bob = control.request(BOB);
        assertThat(bob.granted()).as("the queue is full of another's").isNotDone();
        assertThat(refusal(flood.getLast())).hasMessageContaining("limits.queue");
        flood.getFirst().close();
        assertThat(bob.granted())
                .as("the first slot that is free is for who has none")
                .isCompleted();
    }

    @Test
    void callersTakeTurns() {
        AdmissionControl control = control(1, 1, 10);
        Permit running = control.request(new Caller("first"));
        List<String> order = new ArrayList<>();
        Map<Integer, Permit> permits = new HashMap<>();
        for (String caller : List.of("a", "a", "a", "b", "b", "c")) {
            Permit permit = control.request(new Caller(caller));
            var _ = permit.granted().thenRun(() -> {
                permits.put(order.size(), permit);
                order.add(caller);
            });
        }
        running.close();
        for (int i = 0; i < 6; i++) {
            Objects.requireNonNull(permits.get(i)).close();
        }
        assertThat(order).containsExactly("a", "b", "c", "a", "b", "a");
    }

    @Test
    void afterTheStopNothingWaitsOrComesAndWhatRunsGoesOn() {
        AdmissionControl control = control(1, 1, 5);
        Permit runs = control.request(ANN);
        Permit waits = control.request(ANN);
        control.stop();
        assertThat(refusal(waits).code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(refusal(control.request(BOB)).code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(control.running()).isEqualTo(1);
        runs.close();
        assertThat(control.running()).isZero();
    }

    /// Random arrivals, ends, cancels and pauses; after every step nobody is over a limit, no slot is idle
    /// that somebody could have, and no permit is lost.
    @Test
    void noOrderOfEventsBreaksTheRules() {
        for (int seed = 0; seed < SEEDS; seed++) {
            play(new Random(seed), seed);
        }
    }

    private void play(Random random, int seed) {
        AdmissionLimits limits = new AdmissionLimits(
                1 + random.nextInt(4), 1 + random.nextInt(4), random.nextInt(6), Duration.ofSeconds(10));
        AdmissionControl control = new AdmissionControl(limits, timer);
        List<Asked> open = new ArrayList<>();
        for (int step = 0; step < 100; step++) {
            switch (random.nextInt(5)) {
                case 0, 1, 2 -> {
                    String caller = "caller" + random.nextInt(3);
                    open.add(new Asked(caller, control.request(new Caller(caller))));
                }
                case 3 -> {
                    if (!open.isEmpty()) {
                        open.remove(random.nextInt(open.size())).permit().close();
                    }
                }
                default -> timer.step(Duration.ofMillis(random.nextInt(4_000)));
            }
            check(control, open, "seed " + seed + ", step " + step);
        }
        if (random.nextBoolean()) {
            control.stop();
            check(control, open, "seed " + seed + ", stopped");
            assertThat(open).allMatch(asked -> asked.permit().granted().isDone());
        }
        open.forEach(asked -> asked.permit().close());
        assertThat(control.running()).as("seed %d", seed).isZero();
        assertThat(control.queued()).as("seed %d", seed).isZero();
    }

    private record Asked(String caller, Permit permit) {
        boolean runs() {
            return permit.granted().isDone() && !permit.granted().isCompletedExceptionally();
        }

        boolean waits() {
            return !permit.granted().isDone();
        }
    }

    private static void check(AdmissionControl control, List<Asked> open, String when) {
        AdmissionLimits limits = control.limits();
        long running = open.stream().filter(Asked::runs).count();
        long waiting = open.stream().filter(Asked::waits).count();
        assertThat((long) control.running()).as(when).isEqualTo(running).isLessThanOrEqualTo(limits.concurrent());
        assertThat((long) control.queued()).as(when).isEqualTo(waiting).isLessThanOrEqualTo(limits.queue());
        for (Asked asked : open) {
            long own = open.stream()
                    .filter(other -> other.runs() && other.caller().equals(asked.caller()))
                    .count();
            assertThat(own).as(when).isLessThanOrEqualTo(limits.perCaller());
            boolean couldRun = running < limits.concurrent() && own < limits.perCaller();
            assertThat(asked.waits() && couldRun).as(when).isFalse();
        }
    }

    @Test
    void manyThreadsLoseNoPermit() throws InterruptedException {
        AdmissionControl control = AdmissionControl.of(new AdmissionLimits(3, 2, 8, Duration.ofMillis(5)));
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(2_000);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 2_000; i++) {
                Caller caller = new Caller("caller" + i % 5);
                threads.execute(() -> {
                    try (Permit permit = control.request(caller)) {
                        permit.granted().join();
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        running.decrementAndGet();
                    } catch (RuntimeException _) {
                        // Refused, as some are.
                    } finally {
                        done.countDown();
                    }
                });
            }
        }
        done.await();
        assertThat(most).hasValueBetween(1, 3);
        assertThat(control.running()).isZero();
        assertThat(control.queued()).isZero();
    }

    private AdmissionControl control(int concurrent, int perCaller, int queue) {
        return new AdmissionControl(new AdmissionLimits(concurrent, perCaller, queue, WAIT), timer);
    }

    private static ServiceException refusal(Permit permit) {
        assertThat(permit.granted()).isCompletedExceptionally();
        return (ServiceException) permit.granted().exceptionNow();
    }
}
