package dev.bowyer.dataset.iceberg;

import dev.bowyer.error.ServiceException;
import org.apache.iceberg.exceptions.NotFoundException;

/// Carries a [ServiceException] through Iceberg's code, which tries a metadata file again for minutes after
/// any failure but this kind of one.
final class UnreadableObject extends NotFoundException {
    private static final long serialVersionUID = 1L;

    private final ServiceException failure;

    UnreadableObject(ServiceException failure) {
        super(failure, "%s", failure.getMessage());
        this.failure = failure;
    }

    ServiceException failure() {
        return failure;
    }
}
