package dev.bowyer.flight;

import dev.bowyer.admission.Readiness;
import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.services.HealthStatusManager;
import org.apache.arrow.flight.impl.FlightServiceGrpc;

/// `grpc.health.v1.Health`: of the server as a whole and of Flight, which is the same. Asks nobody who calls, since
/// load balancers and orchestrators have no login.
final class HealthService {
    static final String NAME = HealthGrpc.SERVICE_NAME;

    private HealthService() {}

    /// SERVING while ready, NOT_SERVING before and after.
    static BindableService following(Readiness readiness) {
        HealthStatusManager health = new HealthStatusManager();
        tell(health, ServingStatus.NOT_SERVING);
        readiness.onChange(state ->
                tell(health, state == Readiness.State.READY ? ServingStatus.SERVING : ServingStatus.NOT_SERVING));
        if (readiness.isReady()) {
            tell(health, ServingStatus.SERVING);
        }
        return health.getHealthService();
    }

    private static void tell(HealthStatusManager health, ServingStatus status) {
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        health.setStatus(FlightServiceGrpc.SERVICE_NAME, status);
    }
}
