package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ValueTextTest {
    private final ValueText text = new ValueText(ValueText.HEX);

    @Test
    void decimalsArePlainUnlessThatIsThousandsOfZeros() {
        assertThat(text.of(new BigDecimal("1E+3"))).isEqualTo("1000");
        assertThat(text.of(new BigDecimal("1E-9"))).isEqualTo("0.000000001");
        assertThat(text.of(new BigDecimal(BigInteger.TEN, 1_500_000_000))).isEqualTo("1.0E-1499999999");
        assertThat(text.of(new BigDecimal(BigInteger.ONE, Integer.MIN_VALUE))).isEqualTo("1E+2147483648");
        assertThat(text.of(List.of(new BigDecimal("7E+99999")))).isEqualTo("[7E+99999]");
    }

    @Test
    void aMapMayHaveANullKey() {
        Map<Object, Object> map = new HashMap<>();
        map.put(null, 1);
        assertThat(text.of(map)).isEqualTo("{\"null\":1}");
    }
}
