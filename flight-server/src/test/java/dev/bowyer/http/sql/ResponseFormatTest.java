package dev.bowyer.http.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ResponseFormatTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            none                                              | JSON
            */*                                               | JSON
            text/html,application/xhtml+xml,*/*;q=0.8         | JSON
            text/*                                            | CSV
            text/csv;q=0.5, application/json;q=0.4            | CSV
            application/json;q=0.4, text/csv;q=0.5            | CSV
            application/vnd.apache.arrow.stream               | ARROW
            APPLICATION/VND.APACHE.PARQUET                    | PARQUET
            application/x-ndjson                              | NDJSON
            */*, application/json;q=0                         | NDJSON
            text/csv;q=nonsense, application/vnd.apache.parquet;q=0.1 | PARQUET
            """)
    void accepted(String accept, ResponseFormat expected) {
        assertThat(ResponseFormat.choose(null, accept)).isEqualTo(expected);
        assertThat(ResponseFormat.choose("csv", accept)).isEqualTo(ResponseFormat.CSV);
    }
}
