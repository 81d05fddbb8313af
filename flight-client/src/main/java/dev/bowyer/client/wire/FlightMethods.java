package dev.bowyer.client.wire;

import io.grpc.MethodDescriptor;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;

/** The methods of Flight as they are called here: those of the service, but DoGet with messages whose bodies are not read. */
final class FlightMethods {
    static final MethodDescriptor<Flight.Ticket, FlightMessage> DO_GET = FlightServiceGrpc.getDoGetMethod().toBuilder(
                    FlightServiceGrpc.getDoGetMethod().getRequestMarshaller(), new FlightMessageMarshaller())
            .build();

    private FlightMethods() {}
}
