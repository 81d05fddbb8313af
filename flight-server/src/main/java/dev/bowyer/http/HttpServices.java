package dev.bowyer.http;

import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Permissions;
import dev.bowyer.admission.Readiness;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.query.QueryService;
import dev.bowyer.query.RecentQueries;
import dev.bowyer.registration.DatasetRegistrations;

/// What the requests are answered by. All of it stays the caller's, and outlives the endpoint.
public record HttpServices(
        QueryService queries,
        Catalog catalog,
        Authenticator authenticator,
        Readiness readiness,
        MetricsPage metrics,
        DatasetRegistrations registrations,
        Permissions permissions,
        RecentQueries recent,
        FlightAddress flight,
        String serverVersion) {}
