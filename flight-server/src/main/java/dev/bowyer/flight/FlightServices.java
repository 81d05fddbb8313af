package dev.bowyer.flight;

import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Seal;
import dev.bowyer.admission.Readiness;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.query.QueryService;
import dev.bowyer.registration.DatasetRegistrations;

/// What the calls are answered by. All of it stays the caller's, and outlives the endpoint.
///
/// @param seal of the tickets, handles and sessions
/// @param readiness what health checks tell
public record FlightServices(
        Seal seal,
        Authenticator authenticator,
        QueryService queries,
        Catalog catalog,
        DatasetRegistrations registrations,
        Readiness readiness) {}
