package dev.bowyer.client.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Tokens by the client credentials grant. Redirects are not followed: they would carry the secret elsewhere.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6749#section-4.4">RFC 6749, section 4.4</a>
 */
public final class OAuthClient implements BearerToken.Source {
    /** Largest answer of a token endpoint, in bytes. */
    static final int MAX_ANSWER = 1024 * 1024;

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int OK = 200;
    private static final int SERVER_ERROR = 500;

    private final URI endpoint;
    private final String credentials;
    private final String form;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

    /** @throws BowyerException INVALID_ARGUMENT when the secret would travel in the clear */
    public OAuthClient(URI endpoint, String clientId, String clientSecret, @Nullable String scope) {
        boolean isSafe = "https".equals(endpoint.getScheme())
                || ("http".equals(endpoint.getScheme()) && isLoopback(endpoint.getHost()));
        if (!isSafe) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    "oauth: " + endpoint + " (expected: https://..., or http:// to this machine)",
                    null);
        }
        this.endpoint = endpoint;
        String pair = encoded(clientId) + ":" + encoded(clientSecret);
        this.credentials = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
        this.form = "grant_type=client_credentials" + (scope == null ? "" : "&scope=" + encoded(scope));
    }

    private static boolean isLoopback(@Nullable String host) {
        try {
            return host != null && InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public BearerToken.Token fetch() {
        HttpRequest request = HttpRequest.newBuilder(endpoint)
                .timeout(TIMEOUT)
                .header("Authorization", credentials)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .build();
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        try {
            HttpResponse<byte[]> response = answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            byte[] body = response.body();
            if (body.length > MAX_ANSWER) {
                throw BowyerException.of(
                        ErrorCodes.BAD_ANSWER,
                        endpoint + " answers with " + body.length + " bytes (limit: " + MAX_ANSWER + ")",
                        null);
            }
            if (response.statusCode() != OK) {
                boolean refused = response.statusCode() < SERVER_ERROR;
                throw BowyerException.of(
                        refused ? "UNAUTHENTICATED" : ErrorCodes.UNAVAILABLE,
                        "no token from " + endpoint + ": status " + response.statusCode() + said(body),
                        refused ? "are the client's id and secret right?" : null);
            }
            return token(new ObjectMapper().readTree(body));
        } catch (IOException | ExecutionException | TimeoutException e) {
            answer.cancel(true);
            throw new BowyerException(ErrorCodes.UNAVAILABLE, "no token from " + endpoint + ": " + e, null, e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw FlightCalls.interrupted(e);
        }
    }

    private static String said(byte[] body) {
        try {
            JsonNode error = new ObjectMapper().readTree(body);
            String text = error.path("error").asText() + " "
                    + error.path("error_description").asText();
            return text.isBlank() ? "" : ", " + text.trim();
        } catch (IOException e) {
            return ""; // no JSON; the status says it
        }
    }

    private BearerToken.Token token(JsonNode answer) {
        String token = answer.path("access_token").asText();
        if (token.isEmpty()) {
            throw BowyerException.of(ErrorCodes.BAD_ANSWER, endpoint + " answers without an access_token", null);
        }
        JsonNode seconds = answer.path("expires_in");
        return new BearerToken.Token(
                token, seconds.canConvertToInt() ? Instant.now().plusSeconds(seconds.asInt()) : null);
    }
}
