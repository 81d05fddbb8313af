package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.lake.LakeVersion;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.iceberg.Table;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/// A warehouse and the format that reads it.
final class IcebergFixture implements AutoCloseable {
    /// More than any list of files here takes.
    private static final long MAX_BYTES = 256L << 20;

    final LocalWarehouse warehouse;
    final LocalObjects objects;
    final IcebergFormat format;
    private final IcebergCatalogs catalogs;
    private final RootAllocator allocator = new RootAllocator(MAX_BYTES);

    IcebergFixture(Path folder, CatalogSettings... settings) {
        this(folder, PlanLimits.DEFAULT, settings);
    }

    IcebergFixture(Path folder, PlanLimits limits, CatalogSettings... settings) {
        warehouse = new LocalWarehouse(folder);
        objects = new LocalObjects(folder);
        catalogs = new IcebergCatalogs(List.of(settings), objects);
        format = new IcebergFormat(objects, catalogs, allocator, IcebergFormat.MANIFEST_CACHE_BYTES, limits);
    }

    IcebergCatalogs catalogs() {
        return catalogs;
    }

    static Source.Lake folder(Path folder) {
        return new Source.Lake(Source.TableFormat.ICEBERG, "file://" + folder + "/", null, null);
    }

    static Source.Lake source(Table table) {
        return folder(LocalWarehouse.folder(table));
    }

    LakeVersion load(Table table) {
        return format.load(source(table), null);
    }

    LakeVersion load(Table table, @Nullable String asOf) {
        return format.load(source(table), asOf == null ? null : AsOf.parse(asOf));
    }

    PlannedFiles plan(Table table) {
        return PlannedFiles.of(load(table));
    }

    static ServiceException fails(ErrorCode code, ThrowingCallable call) {
        ServiceException failure = Assertions.catchThrowableOfType(ServiceException.class, call);
        Assertions.assertThat(failure).as("a ServiceException").isNotNull();
        Assertions.assertThat(failure.code()).as(failure.describe()).isEqualTo(code);
        return failure;
    }

    @Override
    public void close() throws IOException {
        format.close();
        catalogs.close();
        warehouse.close();
        allocator.close();
    }
}
