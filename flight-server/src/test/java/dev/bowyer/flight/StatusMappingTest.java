package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.ErrorInfo;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StatusMappingTest {
    @ParameterizedTest
    @EnumSource
    void everyCodeHasAStatusAndOnlyOurBugsAreInternal(ErrorCode code) throws Exception {
        StatusRuntimeException told = StatusMapping.of(new ServiceException(code, "it broke", "mend it"), "q1");
        assertThat(told.getStatus().getCode() == Status.Code.INTERNAL).isEqualTo(code == ErrorCode.INTERNAL);
        assertThat(told.getStatus().getDescription()).isEqualTo(code + ": it broke (mend it) [query q1]");
        com.google.rpc.Status details = details(told);
        assertThat(details.getMessage()).isEqualTo(told.getStatus().getDescription());
        assertThat(details.getCode()).isEqualTo(told.getStatus().getCode().value());
        ErrorInfo info = details.getDetails(0).unpack(ErrorInfo.class);
        assertThat(info.getReason()).isEqualTo(code.name());
        assertThat(info.getMetadataMap()).containsEntry("query_id", "q1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "\n", "\u00e4", "\ud83d\ude00"})
    void aLongSentenceIsCutToWhatHeadersHold(String part) {
        StatusRuntimeException told =
                StatusMapping.of(new ServiceException(ErrorCode.INVALID_SQL, part.repeat(20_000)), null);
        String sentence = Objects.requireNonNull(told.getStatus().getDescription());
        assertThat(sentence).endsWith("...").hasSizeLessThanOrEqualTo(StatusMapping.MAX_ENCODED_SENTENCE);
        assertThat(details(told).getSerializedSize() * 4 / 3 + StatusMapping.MAX_ENCODED_SENTENCE)
                .isLessThan(8_000);
    }

    @Test
    void anUnexpectedFailureTellsNothingOfItself() {
        StatusRuntimeException told = StatusMapping.of(new IllegalStateException("secret"), null);
        assertThat(told.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(told.getStatus().getDescription()).doesNotContain("secret");
    }

    private static com.google.rpc.Status details(StatusRuntimeException told) {
        return Objects.requireNonNull(Objects.requireNonNull(told.getTrailers()).get(StatusMapping.DETAILS));
    }
}
