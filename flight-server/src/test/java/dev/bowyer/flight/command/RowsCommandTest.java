package dev.bowyer.flight.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.proto.v1.ReadDataset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RowsCommandTest {
    private static final DatasetName ORDERS = new DatasetName("sales", "orders");

    @Test
    void jsonAndProtobufSayTheSame() {
        RowsCommand.Read wanted =
                new RowsCommand.Read(ORDERS, List.of("a", "B c"), "a > 1 AND b = 'x'", 10L, 4, "native");
        assertThat(json("""
                {"dataset": ["sales", "orders"], "columns": ["a", "B c"], "filter": "a > 1 AND b = 'x'",
                 "limit": 10, "parallelism": 4, "wire": "native"}""")).isEqualTo(wanted);
        ReadDataset message = ReadDataset.newBuilder()
                .addDataset("sales.orders")
                .addColumns("a")
                .addColumns("B c")
                .setFilter("a > 1 AND b = 'x'")
                .setLimit(10)
                .setParallelism(4)
                .setWire("native")
                .build();
        assertThat(RowsCommand.parse(Any.pack(message).toByteArray())).isEqualTo(wanted);
    }

    @Test
    void whatIsLeftOutIsNull() {
        RowsCommand.Read all = new RowsCommand.Read(ORDERS, List.of(), null, null, null, null);
        assertThat(json("\n {\"dataset\": \"sales.orders\", \"filter\": null}")).isEqualTo(all);
        assertThat(RowsCommand.parse(Any.pack(ReadDataset.newBuilder()
                                .addDataset("sales")
                                .addDataset("orders")
                                .build())
                        .toByteArray()))
                .isEqualTo(all);
    }

    @Test
    void otherBytesAreNoCommand() {
        assertThat(RowsCommand.parse(new byte[0])).isNull();
        assertThat(RowsCommand.parse("trips".getBytes(StandardCharsets.UTF_8))).isNull();
        assertThat(RowsCommand.parse(new byte[] {(byte) 0xFF})).isNull();
        assertThat(RowsCommand.parse(
                        Any.newBuilder().setTypeUrl("x/y.Z").build().toByteArray()))
                .isNull();
    }

    @Test
    void influxClientsNameADatabase() {
        assertThat(json("{\"database\": \"sales\", \"sql_query\": \"SELECT 1\", \"query_type\": \"sql\"}"))
                .isEqualTo(new RowsCommand.Sql("sales", "SELECT 1"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "{\"dataset\": \"t\", \"colums\": []} | did you mean \"columns\"",
                "{\"columns\": []} | dataset is missing",
                "{\"dataset\": 7} | dataset: 7",
                "{\"dataset\": []} | 0 parts",
                "{\"dataset\": \"t\", \"snapshot\": 1.5} | snapshot: 1.5",
                "{\"dataset\": \"t\", \"snapshot\": {\"asof\": \"x\"}} | did you mean \"as_of\"",
                "{\"dataset\": \"t\", \"snapshot\": \"2026-02-31\"} | 2026-02-31",
                "{\"dataset\": \"t\", \"limit\": -1} | limit: -1",
                "{\"dataset\": \"t\", \"limit\": 1.5} | limit: 1.5",
                "{\"dataset\": \"t\", \"limit\": 99999999999999999999} | limit: 9",
                "{\"dataset\": \"t\", \"columns\": \"a\"} | columns: \"a\"",
                "{\"dataset\": \"t\", \"columns\": [1]} | columns: 1",
                "{\"dataset\": \"t\", \"filter\": true} | filter: true",
                "{\"dataset\": \"t\", \"dataset\": \"u\"} | Duplicate",
                "{\"dataset\": \"t\"} {} | does not parse",
                "{\"dataset\": | does not parse",
                "{\"database\": \"d\"} | belong together",
                "{\"database\": \"d\", \"sql_query\": \"S\", \"query_type\": \"influxql\"} | query_type",
                "{\"database\": \"d\", \"sql_query\": \"S\", \"params\": {}} | params"
            })
    void whatIsWrongIsNamed(String text, String message) {
        assertThatThrownBy(() -> json(text))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.describe()).contains(message.strip()))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "123456789 | t@123456789",
                "\"123456789\" | t@123456789",
                "\"main\" | t@main",
                "{\"as_of\": \"2026-11-01T00:00:00Z\"} | t@2026-11-01T00:00:00Z"
            })
    void aSnapshotIsAnotherVersionOfTheDataset(String snapshot, String table) {
        assertThat(json("{\"dataset\": \"s.t\", \"snapshot\": " + snapshot + "}"))
                .isInstanceOfSatisfying(
                        RowsCommand.Read.class,
                        read -> assertThat(read.dataset()).isEqualTo(new DatasetName("s", table)));
        ReadDataset command =
                ReadDataset.newBuilder().addDataset("s.t").setSnapshot("main").build();
        assertThat(RowsCommand.parse(Any.pack(command).toByteArray()))
                .isInstanceOfSatisfying(
                        RowsCommand.Read.class,
                        read -> assertThat(read.dataset().table()).isEqualTo("t@main"));
    }

    @Test
    void aFieldOfANewerClientIsRefused() {
        ReadDataset newer = ReadDataset.newBuilder()
                .addDataset("t")
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                99,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFromUtf8("x"))
                                        .build())
                        .build())
                .build();
        assertThatThrownBy(() -> RowsCommand.parse(Any.pack(newer).toByteArray()))
                .hasMessageContaining("99");
    }

    private static @Nullable RowsCommand json(String text) {
        return RowsCommand.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
