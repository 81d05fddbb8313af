/**
 * From a server to batches: channels, calls, the inbound marshaller, decoding, memory. The only place that knows gRPC; not part
 * of the interface.
 */
@NullMarked
package dev.bowyer.client.wire;

import org.jspecify.annotations.NullMarked;
