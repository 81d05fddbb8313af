package dev.bowyer.client.frame;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.DictionaryMerge;
import dev.bowyer.client.frame.value.FieldTypes;
import dev.bowyer.client.frame.value.VectorSlice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Chunks whose dictionaries differ, as chunks with one dictionary for each id. */
final class DictionaryUnion implements AutoCloseable {
    private final Schema schema;
    private final Chunks chunks;
    /** Of the dictionaries that differ between chunks, by id. */
    private final Map<Long, SharedDictionary> merged = new HashMap<>();
    /** By id and dictionary: for each index its new one. */
    private final Map<Long, Map<SharedDictionary, int[]>> newIndices = new HashMap<>();

    private final Schema newSchema;

    DictionaryUnion(Schema schema, Chunks chunks) {
        this.schema = schema;
        this.chunks = chunks;
        Map<Long, Field> fields = new LinkedHashMap<>();
        collect(schema.getFields(), fields);
        Map<Long, DictionaryEncoding> encodings = new HashMap<>();
        try {
            checkWithinDictionaries(schema.getFields(), null);
            fields.forEach((id, field) -> {
                List<SharedDictionary> all = distinct(id);
                if (all.size() > 1) {
                    encodings.put(id, merge(field, all));
                }
            });
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        this.newSchema = new Schema(
                schema.getFields().stream()
                        .map(field -> encoded(field, encodings))
                        .toList(),
                schema.getCustomMetadata());
    }

    Schema schema() {
        return newSchema;
    }

    /** Whether all chunks have the same dictionaries already. */
    boolean isNothingToDo() {
        return merged.isEmpty();
    }

    private static void collect(List<Field> fields, Map<Long, Field> byId) {
        for (Field field : fields) {
            if (field.getDictionary() != null) {
                byId.putIfAbsent(field.getDictionary().getId(), field);
            }
            collect(field.getChildren(), byId);
        }
    }

    /** The values of a dictionary that stays as it is keep their indices: what those refer to must stay too. */
    private void checkWithinDictionaries(List<Field> fields, @Nullable Field outer) {
        for (Field field : fields) {
            DictionaryEncoding encoding = field.getDictionary();
            if (outer != null && encoding != null && distinct(encoding.getId()).size() > 1) {
                throw BowyerException.of(
                        ErrorCodes.UNIMPLEMENTED,
                        "the dictionaries of '" + field.getName() + "' within the dictionary of the column '"
                                + outer.getName() + "' differ, and cannot be made one",
                        "read its values: they are right as they are");
            }
            checkWithinDictionaries(field.getChildren(), outer == null && encoding != null ? field : outer);
        }
    }

    private List<SharedDictionary> distinct(long id) {
        Set<SharedDictionary> result = new LinkedHashSet<>();
        for (int i = 0; i < chunks.count(); i++) {
            SharedDictionary dictionary = chunks.get(i).batch().dictionaries().get(id);
            if (dictionary != null) {
                result.add(dictionary);
            }
        }
        return List.copyOf(result);
    }

    private DictionaryEncoding merge(Field field, List<SharedDictionary> dictionaries) {
        DictionaryEncoding old = field.getDictionary();
        DictionaryMerge merge = new DictionaryMerge(field);
        Map<SharedDictionary, int[]> maps = new HashMap<>();
        for (SharedDictionary dictionary : dictionaries) {
            maps.put(dictionary, merge.add(dictionary.dictionary().getVector()));
        }
        ArrowType.Int type = FieldTypes.indexTypeFor(old, merge.size());
        DictionaryEncoding encoding = new DictionaryEncoding(old.getId(), false, type);
        BufferAllocator allocator = dictionaries.get(0).dictionary().getVector().getAllocator();
        merged.put(old.getId(), new SharedDictionary(new Dictionary(merge.merged(allocator), encoding)));
        newIndices.put(old.getId(), maps);
        return encoding;
    }

    private static Field encoded(Field field, Map<Long, DictionaryEncoding> encodings) {
        DictionaryEncoding own = field.getDictionary();
        DictionaryEncoding encoding = own == null ? null : encodings.getOrDefault(own.getId(), own);
        List<Field> children = field.getChildren().stream()
                .map(child -> encoded(child, encodings))
                .toList();
        FieldType type = new FieldType(field.isNullable(), field.getType(), encoding, field.getMetadata());
        return new Field(field.getName(), type, children);
    }

    /** The same rows, over batches that the caller closes. */
    List<Batch> batches() {
        List<Batch> result = new ArrayList<>();
        try {
            for (int i = 0; i < chunks.count(); i++) {
                result.add(batch(chunks.get(i)));
            }
        } catch (RuntimeException | Error e) {
            result.forEach(Batch::close);
            throw e;
        }
        return result;
    }

    private Batch batch(Chunks.Chunk chunk) {
        Batch source = chunk.batch();
        Map<Long, SharedDictionary> dictionaries = new HashMap<>(source.dictionaries());
        Map<Long, int[]> indices = new HashMap<>();
        newIndices.forEach((id, maps) -> {
            SharedDictionary own = dictionaries.get(id);
            int[] map = own == null ? null : maps.get(own);
            indices.put(id, map == null ? new int[0] : map);
        });
        dictionaries.putAll(merged);
        List<FieldVector> vectors = new ArrayList<>();
        try {
            for (int i = 0; i < schema.getFields().size(); i++) {
                Field field = FieldTypes.vectorField(newSchema.getFields().get(i));
                vectors.add(VectorSlice.of(source.vector(i), field, chunk.start(), chunk.rows(), indices));
            }
        } catch (RuntimeException | Error e) {
            vectors.forEach(FieldVector::close);
            throw e;
        }
        dictionaries.values().forEach(SharedDictionary::retain);
        return Batch.of(newSchema, vectors, chunk.rows(), dictionaries, source.endpoint());
    }

    /** Gives up its own holds; batches have theirs. */
    @Override
    public void close() {
        merged.values().forEach(SharedDictionary::release);
        merged.clear();
    }
}
