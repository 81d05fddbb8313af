package dev.bowyer.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.engine.BatchStream.Pending;
import dev.bowyer.engine.ScriptedEngine.Fail;
import dev.bowyer.engine.ScriptedEngine.Gate;
import dev.bowyer.engine.ScriptedEngine.Rows;
import dev.bowyer.engine.ScriptedEngine.Stall;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import org.junit.jupiter.api.Test;

final class ScriptedEngineTest extends QueryEngineContract {
    private final Gate gate = new Gate();

    @Override
    protected QueryEngine start() {
        return new ScriptedEngine()
                .script(severalMessages(), new Rows(100), new Rows(1), new Rows(100), new Rows(100), new Rows(100))
                .script(severalMessages().replace("numbers", "numbers2"), new Rows(1))
                .script(Statement.Scan.of(NUMBERS).sql(), new Rows(400), new Rows(1))
                .scriptOtherwise(new Rows(100), new Rows(100))
                .script(
                        failing(),
                        new Rows(10),
                        new Fail(new ServiceException(ErrorCode.INVALID_VALUE, "division by zero")))
                .script(stalling(), new Stall(gate), new Rows(7));
    }

    @Override
    protected String location() {
        return "numbers.parquet";
    }

    @Override
    protected String severalMessages() {
        return "SELECT n FROM numbers";
    }

    @Override
    protected long severalRows() {
        return 401;
    }

    @Override
    protected String column() {
        return "n";
    }

    @Override
    protected String twoParameters() {
        return "SELECT n FROM numbers WHERE n > $1 OR n = $2";
    }

    @Override
    protected String failing() {
        return "SELECT 1 / n FROM numbers";
    }

    @Override
    protected String stalling() {
        return "SELECT stall(n) FROM numbers";
    }

    @Test
    void releasedMemoryIsOverwrittenAndNoLongerHeld() {
        try (Plan plan = plan(severalMessages());
                Run run = run(plan)) {
            BatchStream.Message message = (BatchStream.Message) run.puller().await(run.stream());
            assertThat(engine.stats().memoryUsed()).isEqualTo(message.bodyBytes());
            message.release();
            assertThat(message.body().getFirst().get(0)).isEqualTo((byte) 0xFF);
            assertThat(engine.stats().memoryUsed()).isZero();
            assertThat(engine.stats().memoryPeak()).isEqualTo(message.bodyBytes());
        }
    }

    @Test
    void openingTheGateLetsStalledRunsGoOn() {
        try (Plan plan = plan(stalling());
                Run run = run(plan)) {
            assertThat(run.stream().next()).isInstanceOf(Pending.class);
            gate.open();
            assertThat(run.puller().drain(run.stream())).isEqualTo(7);
        }
    }
}
