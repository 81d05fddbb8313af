package dev.bowyer.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bowyer.error.ServiceException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TypedValueTest {
    @Test
    void valueIsTakenForWhatItLooksLike() {
        assertThat(value("n=42")).isEqualTo(42L);
        assertThat(value("n=-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
        assertThat(value("n=9223372036854775808")).isEqualTo(new BigDecimal("9223372036854775808"));
        assertThat(value("x=1.5")).isEqualTo(1.5);
        assertThat(value("x=1e3")).isEqualTo(1000.0);
        assertThat(value("b=true")).isEqualTo(true);
        assertThat(value("d=2026-01-31")).isEqualTo(LocalDate.of(2026, 1, 31));
        assertThat(value("t=2026-01-31T12:30:00")).isEqualTo(LocalDateTime.of(2026, 1, 31, 12, 30));
        assertThat(value("t=2026-01-31T12:30:00+02:00")).isEqualTo(Instant.parse("2026-01-31T10:30:00Z"));
        assertThat(value("t=2026-01-31T12:30:00Z")).isEqualTo(Instant.parse("2026-01-31T12:30:00Z"));
        assertThat(value("s=New York")).isEqualTo("New York");
        assertThat(value("s=a=b:c")).isEqualTo("a=b:c");
        assertThat(value("s=")).isEqualTo("");
        assertThat(value("n=0")).isEqualTo(0L);
        assertThat(value("x=0.5")).isEqualTo(0.5);
        assertThat(value("x=-.5e-3")).isEqualTo(-0.0005);
        assertThat(TypedValue.parse("s=null").value()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"01234", "-007", "00", "01.5", "00e1"})
    void digitsThatBeginWithAZeroAreText(String digits) {
        assertThat(value("zip=" + digits)).isEqualTo(digits);
        assertThat(TypedValue.parse("n:decimal=" + digits).value()).isEqualTo(new BigDecimal(digits));
    }

    @Test
    void typeDecidesWhereItIsGiven() {
        assertThat(value("s:text=42")).isEqualTo("42");
        assertThat(value("s:text=null")).isEqualTo("null");
        assertThat(value("n:decimal=1.50")).isEqualTo(new BigDecimal("1.50"));
        assertThat(value("n:double=1")).isEqualTo(1.0);
        assertThat(value("n:int=7")).isEqualTo(7L);
        assertThat(value("n:date=2026-01-31")).isEqualTo(LocalDate.of(2026, 1, 31));
        assertThat(value("n:timestamp=2026-01-31T00:00:00")).isEqualTo(LocalDateTime.of(2026, 1, 31, 0, 0));
        assertThat(value("n:bool=false")).isEqualTo(false);
    }

    @Test
    void namesMayHaveADollarOrBeNumbers() {
        assertThat(TypedValue.parse("$day=1").name()).isEqualTo("day");
        assertThat(TypedValue.parse("1=x").name()).isEqualTo("1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "day | NAME=VALUE",
                "=1 | NAME=VALUE",
                "a-b=1 | NAME=VALUE",
                "n:int=1.5 | a value of the type int",
                "n:int=9223372036854775808 | a value of the type int",
                "d:date=2026-02-30 | a value of the type date",
                "d=2026-13-01 | a value of the type that it looks like",
                "t:timestamp=yesterday | a value of the type timestamp",
                "b:bool=yes | true or false",
                "x:decimal=1e2147483647 | a decimal whose exponent",
                "x:decimal=1e-1001 | a decimal whose exponent",
                "n:number=1 | one of the types text, int",
                "n:=1 | one of the types text, int"
            })
    void refusalNamesTextAndExpectation(String text, String expected) {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> TypedValue.parse(text))
                .withMessageContaining(text)
                .withMessageContaining("expected: " + expected);
    }

    private static Object value(String text) {
        Object value = TypedValue.parse(text).value();
        assertThat(value).isNotNull();
        return value;
    }
}
