package dev.bowyer.client.wire;

import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.RecordBatch;

/** What the header of a batch says about its body, checked before anything is read there. */
final class BatchClaims {
    /** Most field nodes and most buffers of one batch. */
    static final int MAX_NODES = 1_000_000;

    private BatchClaims() {}

    /** @throws BadAnswer when a buffer is not within the body, or a count makes no sense */
    static void check(RecordBatch batch, long bodyLength) {
        count("length", batch.length());
        if (batch.nodesLength() > MAX_NODES || batch.buffersLength() > MAX_NODES) {
            throw new BadAnswer("a batch of " + batch.nodesLength() + " fields and " + batch.buffersLength()
                    + " buffers (limit: " + MAX_NODES + ")");
        }
        FieldNode node = new FieldNode();
        for (int i = 0; i < batch.nodesLength(); i++) {
            batch.nodes(node, i);
            count("length of field node " + i, node.length());
            // -1 of arrow-java, where it has not counted.
            if (node.nullCount() < -1 || node.nullCount() > node.length()) {
                throw new BadAnswer(
                        "field node " + i + " has " + node.nullCount() + " nulls in " + node.length() + " values");
            }
        }
        long variadic = 0;
        for (int i = 0; i < batch.variadicBufferCountsLength(); i++) {
            long count = batch.variadicBufferCounts(i);
            variadic += count;
            if (count < 0 || count > batch.buffersLength() || variadic > batch.buffersLength()) {
                throw new BadAnswer(
                        "view " + i + " has " + count + " buffers, of " + batch.buffersLength() + " in all");
            }
        }
        Buffer buffer = new Buffer();
        for (int i = 0; i < batch.buffersLength(); i++) {
            batch.buffers(buffer, i);
            if (buffer.offset() < 0 || buffer.length() < 0 || buffer.length() > bodyLength - buffer.offset()) {
                throw new BadAnswer("buffer " + i + " is at " + buffer.offset() + " with " + buffer.length()
                        + " bytes, in a body of " + bodyLength);
            }
        }
    }

    private static void count(String name, long value) {
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new BadAnswer("the " + name + " is " + value);
        }
    }
}
