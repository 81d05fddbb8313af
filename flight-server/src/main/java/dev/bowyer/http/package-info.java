/// HTTP beside Flight: queries as JSON, CSV, Arrow and Parquet, datasets, health and metrics. Start at
/// [dev.bowyer.http.HttpEndpoint]. It parses requests, calls a use case and maps the answer; it decides nothing, and
/// knows nothing of Flight.
@NullMarked
package dev.bowyer.http;

import org.jspecify.annotations.NullMarked;
