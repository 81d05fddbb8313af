package dev.bowyer.dataset.lake;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Source.TableFormat;
import dev.bowyer.dataset.Table;
import dev.bowyer.dataset.TableOpener;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Opens tables of table formats, and hands plain files on. A folder of files that is the folder of a table
/// is opened as that table: read as files it would show rows that are deleted, and those of all versions at
/// once.
///
/// Versions that were asked for by name are kept for a while, so that repeated queries over one plan it once.
public final class LakeTables implements TableOpener {
    /// Versions, and tables of rows about them, that are kept beside the newest ones.
    static final int MAX_KEPT = 64;
    /// Data files of all versions together that are kept so.
    static final int MAX_KEPT_FILES = 1_000_000;

    private final TableOpener files;
    private final LakeEngine engine;
    private final TableKinds kinds;
    private final Map<TableFormat, LakeFormat> formats;
    private final Cache<VersionKey, LakeTable> versions = Caffeine.newBuilder()
            .maximumWeight(MAX_KEPT_FILES)
            .weigher((VersionKey _, LakeTable table) -> Math.max(table.files(), MAX_KEPT_FILES / MAX_KEPT))
            .build();
    private final Cache<MetadataKey, MetadataTable> metadata =
            Caffeine.newBuilder().maximumSize(MAX_KEPT).build();

    /// @param files opens sources that are plain files
    /// @param formats one for each format
    public LakeTables(TableOpener files, LakeEngine engine, ObjectStores stores, Map<TableFormat, LakeFormat> formats) {
        this.files = files;
        this.engine = engine;
        this.kinds = new TableKinds(stores);
        this.formats = Map.copyOf(formats);
    }

    private record VersionKey(DatasetName name, Source.Lake source, String identity) {}

    private record MetadataKey(LakeTable table, String kind) {}

    @Override
    public Table open(DatasetName name, Source source) {
        return switch (source) {
            case Source.Files plain -> {
                // A format that is named is meant.
                Source.Lake found = plain.format() == null ? tableAt(plain) : null;
                yield found == null
                        ? files.open(name, plain)
                        : open(name, found, format(found).load(found, null));
            }
            case Source.Lake table -> {
                Source.Lake placed = kinds.placed(table);
                yield open(name, placed, format(placed).load(placed, null));
            }
        };
    }

    @Override
    public Optional<Table> refresh(Table table) {
        if (!(table instanceof LakeTable known)) {
            return files.refresh(table);
        }
        return format(known.source()).newer(known.source(), known.lake()).map(newer -> reopened(known, newer));
    }

    /// What is known of a table may change, a tag for example, and its rows stay.
    private LakeTable reopened(LakeTable known, LakeVersion newer) {
        return newer.identity().equals(known.lake().identity())
                ? new LakeTable(known.name(), known.source(), newer, known.opened())
                : open(known.name(), known.source(), newer);
    }

    @Override
    public Table at(DatasetName name, Table table, AsOf asOf) {
        if (!(table instanceof LakeTable known)) {
            return files.at(name, table, asOf);
        }
        Source.Lake source = known.source();
        LakeVersion wanted = format(source).load(source, asOf);
        VersionKey key = new VersionKey(known.name(), source, wanted.identity());
        return kept(versions, key, () -> open(known.name(), source, wanted));
    }

    @Override
    public Table metadata(DatasetName name, Table table, String kind) {
        if (!(table instanceof LakeTable known)) {
            return files.metadata(name, table, kind);
        }
        return kept(metadata, new MetadataKey(known, kind), () -> {
            Table rows = engine.rows(name + "$" + kind, known.lake().metadata(kind));
            return new MetadataTable(rows, known.version());
        });
    }

    /// Made outside of the cache, whose locks other keys share.
    private static <K, V> V kept(Cache<K, V> cache, K key, Supplier<V> make) {
        V known = cache.getIfPresent(key);
        if (known != null) {
            return known;
        }
        V made = make.get();
        V faster = cache.asMap().putIfAbsent(key, made);
        return faster == null ? made : faster;
    }

    private Source.@Nullable Lake tableAt(Source.Files plain) {
        TableFormat format = kinds.formatAt(plain.location());
        return format == null ? null : kinds.placed(new Source.Lake(format, plain.location(), null, null));
    }

    private LakeTable open(DatasetName name, Source.Lake source, LakeVersion version) {
        return new LakeTable(name, source, version, engine.open(version.files(name.toString())));
    }

    private LakeFormat format(Source.Lake source) {
        return Objects.requireNonNull(formats.get(Objects.requireNonNull(source.format())));
    }
}
