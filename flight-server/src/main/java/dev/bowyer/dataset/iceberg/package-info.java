/// Iceberg tables: finds their metadata in folders and catalogs, and plans their versions. Entry points:
/// [IcebergFormat] and [IcebergCatalogs]. Does not read data or delete files, and never writes.
@NullMarked
package dev.bowyer.dataset.iceberg;

import org.jspecify.annotations.NullMarked;
