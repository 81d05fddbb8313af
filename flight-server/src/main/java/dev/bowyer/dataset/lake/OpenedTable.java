package dev.bowyer.dataset.lake;

import dev.bowyer.dataset.Table;
import dev.bowyer.dataset.TableStatistics;
import java.util.OptionalLong;
import org.apache.arrow.vector.types.pojo.Schema;

/// A table around the one that the engine opened, which it is like in everything but its version.
interface OpenedTable extends Table {
    @Override
    Table opened();

    @Override
    default Schema schema() {
        return opened().schema();
    }

    @Override
    default String format() {
        return opened().format();
    }

    @Override
    default int files() {
        return opened().files();
    }

    @Override
    default long bytes() {
        return opened().bytes();
    }

    @Override
    default OptionalLong rows() {
        return opened().rows();
    }

    @Override
    default TableStatistics statistics() {
        return opened().statistics();
    }
}
