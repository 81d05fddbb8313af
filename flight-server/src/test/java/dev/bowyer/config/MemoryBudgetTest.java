package dev.bowyer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class MemoryBudgetTest {
    @Test
    void thePartsAreTheWhole() {
        MemoryBudget budget = of(Map.of());
        assertThat(budget.heap()).isEqualTo(Runtime.getRuntime().maxMemory());
        assertThat(budget.direct()).isPositive();
        assertThat(budget.heap() + budget.direct() + budget.pool() + budget.slack())
                .isEqualTo(MemoryBudget.machineMemory());
        assertThat(budget.pool()).isEqualTo((long) ((budget.machine() - budget.heap() - budget.direct()) * 0.5));
        assertThat(budget.query()).isEqualTo(budget.pool());
        assertThat(budget.slack()).isGreaterThan(budget.metadataCache());
    }

    @Test
    void aShareOfOneQueryIsOfThePool() {
        MemoryBudget budget = of(Map.of("BOWYER_LIMITS_TOTAL_MEMORY", "100MiB", "BOWYER_LIMITS_QUERY_MEMORY", "50%"));
        assertThat(budget.pool()).isEqualTo(100L << 20);
        assertThat(budget.query()).isEqualTo(50L << 20);
        assertThat(budget.describe()).contains("pool 100 + slack");
    }

    private static MemoryBudget of(Map<String, String> environment) {
        return MemoryBudget.of(ConfigLoader.fromEnvironmentOnly(environment).limits());
    }
}
