/// The one vocabulary of failure. Entry point: [ServiceException]. Knows nobody; everyone may use it.
@NullMarked
package dev.bowyer.error;

import org.jspecify.annotations.NullMarked;
