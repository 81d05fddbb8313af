/**
 * Runs SQL on an Arrow Flight server and reads the answer. Entry point: {@link dev.bowyer.client.BowyerClient}. No type
 * of gRPC, Netty, Guava or flight-core is part of the interface.
 */
@NullMarked
package dev.bowyer.client;

import org.jspecify.annotations.NullMarked;
