/**
 * Rows in memory, and the ways to ask for them: batches, streams of them, data frames, records. Knows no server: {@link
 * dev.bowyer.client.frame.Results} is the border. Entry points: {@link dev.bowyer.client.frame.ArrowFrame} and {@link
 * dev.bowyer.client.frame.BatchStream}.
 */
@NullMarked
package dev.bowyer.client.frame;

import org.jspecify.annotations.NullMarked;
