package dev.bowyer.dataset.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.dataset.delta.log.DataPaths;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.ByteType;
import io.delta.kernel.types.DateType;
import io.delta.kernel.types.DecimalType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.TimestampNTZType;
import io.delta.kernel.types.TimestampType;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DeltaValuesTest {
    @Test
    void emptyIsNullWhateverTheType() {
        assertThat(DeltaValues.partition(DateType.DATE, "")).isNull();
        assertThat(DeltaValues.partition(DateType.DATE, null)).isNull();
    }

    @Test
    void momentsWithAndWithoutZone() {
        assertThat(DeltaValues.partition(TimestampType.TIMESTAMP, "1970-01-01 00:00:01.000002"))
                .isEqualTo(1_000_002L);
        assertThat(DeltaValues.partition(TimestampType.TIMESTAMP, "1970-01-01T01:00:00.5+01:00"))
                .isEqualTo(500_000L);
        assertThat(DeltaValues.partition(TimestampNTZType.TIMESTAMP_NTZ, "1969-12-31 23:59:59.999999"))
                .isEqualTo(-1L);
    }

    @Test
    void numbers() {
        assertThat(DeltaValues.partition(new DecimalType(5, 2), "1.5")).isEqualTo(new BigDecimal("1.50"));
        assertThat(DeltaValues.partition(DoubleType.DOUBLE, "NaN")).isEqualTo(Double.NaN);
        assertThat(DeltaValues.partition(BooleanType.BOOLEAN, "TRUE")).isEqualTo(true);
        assertThatThrownBy(() -> DeltaValues.partition(new DecimalType(5, 2), "1.234"))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> DeltaValues.partition(new DecimalType(5, 2), "1234567"))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> DeltaValues.partition(ByteType.BYTE, "128")).isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(() -> DeltaValues.partition(BooleanType.BOOLEAN, "1"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "s3://b/t/, a%20b/x, s3://b/t/a b/x",
        "s3://b/t, 100%25, s3://b/t/100%",
        "file:///t/, p=%2525, file:///t/p=%2525",
        "file:///t/, a%3Ab/x, file:///t/a:b/x",
        "s3://b/t/, s3a://c/x%20y, s3://c/x y",
        "file:///t/, file:/u/x, file:///u/x",
        "file:///t/, file:///u/x, file:///u/x",
        "s3://b/t/, /u/x, s3://b/u/x",
        "file:///t/, /u/x, file:///u/x",
        "abfss://c@a.dfs.core.windows.net/t/, /u/x, abfss://c@a.dfs.core.windows.net/u/x",
        "s3://b/t/, 100%zz, s3://b/t/100%zz",
    })
    void pathsBecomeUrls(String root, String path, String url) {
        assertThat(new DataPaths(root).url(path)).isEqualTo(url);
    }
}
