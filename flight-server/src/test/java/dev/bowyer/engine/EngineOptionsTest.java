package dev.bowyer.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import org.junit.jupiter.api.Test;

final class EngineOptionsTest {
    @Test
    void defaultsFitThisMachine() {
        EngineOptions defaults = EngineOptions.defaults();
        assertThat(defaults.cpuThreads()).isPositive();
        assertThat(defaults.memoryBytes()).isGreaterThanOrEqualTo(EngineOptions.MIN_MEMORY_BYTES);
    }

    @Test
    void valuesOutOfRangeAreNamed() {
        EngineOptions defaults = EngineOptions.defaults();
        assertThatThrownBy(() -> defaults.withMemoryBytes(-1))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIG))
                .hasMessageStartingWith("memory-bytes: -1 (expected: ");
    }
}
