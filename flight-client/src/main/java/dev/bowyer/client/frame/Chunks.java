package dev.bowyer.client.frame;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.ArrayList;
import java.util.List;

/** The rows of a frame: parts of batches, one after the other. Immutable. */
final class Chunks {
    /** Rows {@code start} and the {@code rows} from there of a batch. */
    record Chunk(Batch batch, int start, int rows) {}

    private final List<Chunk> chunks;
    /** First row of each chunk, and at the end the number of rows. */
    private final long[] firsts;

    private Chunks(List<Chunk> chunks) {
        this.chunks = List.copyOf(chunks);
        this.firsts = new long[chunks.size() + 1];
        for (int i = 0; i < chunks.size(); i++) {
            firsts[i + 1] = Math.addExact(firsts[i], chunks.get(i).rows());
        }
    }

    static Chunks of(List<Batch> batches) {
        return new Chunks(batches.stream()
                .map(batch -> new Chunk(batch, 0, batch.rowCount()))
                .toList());
    }

    int count() {
        return chunks.size();
    }

    Chunk get(int chunk) {
        return chunks.get(chunk);
    }

    long rowCount() {
        return firsts[chunks.size()];
    }

    long firstRow(int chunk) {
        return firsts[chunk];
    }

    /**
     * The chunk that a row is in.
     *
     * @param guess tried first, with the one after it: rows are mostly read one after the other
     * @throws BowyerException INVALID_ARGUMENT when there is no such row
     */
    int chunkOf(long row, int guess) {
        if (row < 0 || row >= rowCount()) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT, "row " + row + " of " + rowCount(), "rows are counted from 0");
        }
        if (row >= firsts[guess] && row < firsts[guess + 1]) {
            return guess;
        }
        int low = 0;
        int high = chunks.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (firsts[middle + 1] > row) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** The same rows over batches that the result's owner closes. */
    Chunks share() {
        return slice(0, rowCount());
    }

    /** Some of the rows, over batches that the result's owner closes. */
    Chunks slice(long offset, long length) {
        long end = offset + length;
        List<Chunk> parts = new ArrayList<>();
        try {
            for (int i = length == 0 ? count() : chunkOf(offset, 0); i < count() && firsts[i] < end; i++) {
                Chunk chunk = chunks.get(i);
                int from = (int) Math.max(0, offset - firsts[i]);
                int to = (int) Math.min(chunk.rows(), end - firsts[i]);
                if (to > from) {
                    parts.add(new Chunk(chunk.batch().share(), chunk.start() + from, to - from));
                }
            }
            return new Chunks(parts);
        } catch (RuntimeException | Error e) {
            close(parts);
            throw e;
        }
    }

    /** The same rows of some columns, over batches that the result's owner closes. */
    Chunks select(List<Integer> columns) {
        List<Chunk> parts = new ArrayList<>();
        try {
            for (Chunk chunk : chunks) {
                parts.add(new Chunk(chunk.batch().select(columns), chunk.start(), chunk.rows()));
            }
            return new Chunks(parts);
        } catch (RuntimeException | Error e) {
            close(parts);
            throw e;
        }
    }

    /** Closes the batches. */
    void close() {
        close(chunks);
    }

    private static void close(List<Chunk> chunks) {
        chunks.forEach(chunk -> chunk.batch().close());
    }
}
