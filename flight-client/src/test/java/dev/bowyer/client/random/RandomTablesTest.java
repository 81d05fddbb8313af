package dev.bowyer.client.random;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.client.random.PartEncoder.Step;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.Test;

/** The tables themselves, without a server: arrow-java's vectors hold the values that were meant. */
final class RandomTablesTest {
    private static final int CASES = 5_000;

    @Test
    void arrowsVectorsHoldTheValues() {
        try (RootAllocator memory = new RootAllocator()) {
            for (long seed = 0; seed < CASES; seed++) {
                RandomTable table = RandomTable.of(seed);
                // Vectors of one root have one dictionary for each column.
                if (table.dictionaries() == RandomTable.Dictionaries.ONCE) {
                    try {
                        check(table, memory);
                    } catch (RuntimeException e) {
                        throw new AssertionError("seed " + seed + ", " + table.schema(), e);
                    }
                }
            }
            assertThat(memory.getAllocatedMemory()).isZero();
        }
    }

    private static void check(RandomTable table, RootAllocator memory) {
        for (int number = 0; number < table.parts().size(); number++) {
            try (StockTableServer.Part part = new StockTableServer.Part(table, number, memory)) {
                int batch = 0;
                for (Step step : part.steps()) {
                    part.load(step);
                    Cells cells = new Cells(part.provider()::lookup);
                    for (int column = 0; column < table.schema().getFields().size(); column++) {
                        Field field = table.schema().getFields().get(column);
                        assertThat(cells.column(field, part.root().getVector(column), step.rows()))
                                .as("seed %d, part %d, batch %d, %s", table.seed(), number, batch, field)
                                .isEqualTo(table.parts()
                                        .get(number)
                                        .get(batch)
                                        .columns()
                                        .get(column));
                    }
                    batch++;
                }
            }
        }
    }
}
