package dev.bowyer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.bowyer.dataset.Durations;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "7B, 7",
        "64KiB, 65536",
        "512MiB, 536870912",
        "2GiB, 2147483648",
        "1TiB, 1099511627776",
        "1.5KiB, 1536",
        "3 KB, 3000",
        "2MB, 2000000",
        "60%, 600",
        "0.5%, 5"
    })
    void readsSizes(String text, long expected) {
        assertThat(ByteSize.parse(text).of(1000)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "0%", "101%", "GiB", "1gib", "1 Gi", "1e9", "99999999TiB", "1,5GiB"})
    void refusesSizes(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"0, 0B", "1023, 1023B", "1024, 1KiB", "1536, 1.5KiB", "2147483648, 2GiB", "5497558138880, 5TiB"})
    void showsSizes(long bytes, String expected) {
        assertThat(ByteSize.Units.show(bytes)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"500ms, PT0.5S", "30s, PT30S", "5m, PT5M", "2h, PT2H", "1d, PT24H", "0s, PT0S"})
    void readsDurations(String text, Duration expected) {
        assertThat(Durations.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "-1s", "1.5s", "5 minutes", "9999999999s"})
    void refusesDurations(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Durations.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1:8815, true", "localhost:0, true", "[::1]:1, true", "0.0.0.0:8815, false", "10.0.0.1:1, false"
    })
    void readsAddresses(String text, boolean loopback) {
        ListenAddress address = ListenAddress.parse(text);
        assertThat(address).hasToString(text);
        assertThat(address.isLoopback()).isEqualTo(loopback);
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0:1, 127.0.0.1:1",
        "[::]:2, [::1]:2",
        "localhost:3, localhost:3",
        "10.0.0.1:4, 10.0.0.1:4",
        "no-such-host.invalid:5, no-such-host.invalid:5"
    })
    void wildcardIsNothingToConnectTo(String listen, String connect) {
        assertThat(ListenAddress.parse(listen).toConnect()).hasToString(connect);
    }

    @Test
    void namesWithoutAnAddressDoNotResolve() {
        assertThat(ListenAddress.parse("no-such-host.invalid:1").resolves()).isFalse();
        assertThat(ListenAddress.parse("localhost:1").resolves()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "8815", ":8815", "localhost", "localhost:", "localhost:65536", "::1:80", "a:-1", "a:b"})
    void refusesAddresses(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> ListenAddress.parse(text));
    }
}
