/**
 * Random tables of every Arrow type, each made from a seed: their schemas, their values, the messages of Arrow IPC that
 * carry them, servers of them, and a reader of what came back. Values are made before buffers, so that what is expected
 * does not depend on the library that reads.
 */
@NullMarked
package dev.bowyer.client.random;

import org.jspecify.annotations.NullMarked;
