/// Datasets that come and go while the server runs: who may register what, and how it is remembered. Entry
/// point: [DatasetRegistrations]. Knows the catalog and the caller, and nothing of protocols and of the
/// configuration file.
@NullMarked
package dev.bowyer.registration;

import org.jspecify.annotations.NullMarked;
