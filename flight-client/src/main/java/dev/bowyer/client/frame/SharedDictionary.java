package dev.bowyer.client.frame;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.vector.dictionary.Dictionary;

/** A dictionary that several batches look up in, released with the last of them. Immutable; thread-safe. */
public final class SharedDictionary {
    private final Dictionary dictionary;
    private final AtomicInteger holders = new AtomicInteger(1);

    /** Takes over the vector of {@code dictionary}; the caller is its first holder. */
    public SharedDictionary(Dictionary dictionary) {
        this.dictionary = dictionary;
    }

    public Dictionary dictionary() {
        return dictionary;
    }

    /**
     * One holder more; each calls {@link #release} once.
     *
     * @throws BowyerException CLOSED when the last holder has released it
     */
    public SharedDictionary retain() {
        if (holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
            throw BowyerException.of(
                    ErrorCodes.CLOSED, "this dictionary was released", "retain it before its last holder releases it");
        }
        return this;
    }

    public void release() {
        if (holders.decrementAndGet() == 0) {
            dictionary.getVector().close();
        }
    }
}
