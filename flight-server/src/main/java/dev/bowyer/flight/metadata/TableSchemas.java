package dev.bowyer.flight.metadata;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.bowyer.dataset.DatasetName;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Schema;

/// Writes the schemas of datasets as GetTables carries them: [ColumnMetadata#describe(Schema, DatasetName)] as an
/// encapsulated IPC message.
///
/// A listing holds hundreds of thousands of columns, and what they tell about themselves repeats: columns of one type
/// differ in nothing but their names. Arrow's own writer repeats it too, six times the bytes. This one writes
/// types and metadata once a message, and lets every column point there, which the format allows.
///
/// Not thread-safe; one answer has one.
final class TableSchemas {
    private static final int INITIAL_BYTES = 16 * 1024;
    /// Of a message, which begins with a marker and its length.
    private static final int ALIGNMENT = 8;

    private static final int PREFIX_BYTES = 2 * Integer.BYTES;

    private final FlatBufferBuilder builder = new FlatBufferBuilder(INITIAL_BYTES);
    private ByteBuffer out = ByteBuffer.allocate(INITIAL_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    /// What types have told so far, kept from message to message.
    private final Map<ArrowType, OfType> types = new HashMap<>();

    private final Map<String, Text> texts = new HashMap<>();
    /// Counts the messages: a place that is not of this one has to be written anew.
    private int message;

    private int noChildren;

    /// A text that types tell, and where it stands in a message.
    private static final class Text {
        private final ByteBuffer utf8;
        private int message;
        private int offset;

        Text(String text) {
            this.utf8 = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /// What every column of a type has in common, and where it stands in a message.
    private static final class OfType {
        /// Keys and values in turns.
        private final List<Text> told;

        private int message;
        private int typeOffset;
        private int metadata;

        OfType(List<Text> told) {
            this.told = told;
        }
    }

    /// @return valid until the next call
    ByteBuffer encode(Schema schema, DatasetName name) {
        builder.clear();
        message++;
        noChildren = Field.createChildrenVector(builder, new int[0]);
        int[] place = pairs(ColumnMetadata.ofDataset(name));
        List<org.apache.arrow.vector.types.pojo.Field> fields = schema.getFields();
        int[] offsets = new int[fields.size()];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = field(fields.get(i), name, place);
        }
        int fieldsOffset = org.apache.arrow.flatbuf.Schema.createFieldsVector(builder, offsets);
        int metadata =
                org.apache.arrow.flatbuf.Schema.createCustomMetadataVector(builder, pairs(schema.getCustomMetadata()));
        int root = org.apache.arrow.flatbuf.Schema.createSchema(builder, Endianness.Little, fieldsOffset, metadata, 0);
        return encapsulated(root);
    }

    /// With continuation marker, length and padding before and behind.
    private ByteBuffer encapsulated(int root) {
        ByteBuffer written =
                MessageSerializer.serializeMessage(builder, MessageHeader.Schema, root, 0, IpcOption.DEFAULT);
        int padded = (written.remaining() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (out.capacity() < PREFIX_BYTES + padded) {
            out = ByteBuffer.allocate(2 * (PREFIX_BYTES + padded)).order(ByteOrder.LITTLE_ENDIAN);
        }
        out.clear().putInt(MessageSerializer.IPC_CONTINUATION_TOKEN).putInt(padded);
        int end = PREFIX_BYTES + padded;
        out.put(written);
        while (out.position() < end) {
            out.put((byte) 0);
        }
        return out.flip();
    }

    private int field(org.apache.arrow.vector.types.pojo.Field field, DatasetName name, int[] place) {
        if (!field.getMetadata().isEmpty() || field.getDictionary() != null) {
            return ColumnMetadata.describe(field, ColumnMetadata.ofDataset(name))
                    .getField(builder);
        }
        ArrowType type = field.getType();
        OfType shared = share(type, place);
        int fieldName = builder.createString(field.getName());
        int children = field.getChildren().isEmpty() ? noChildren : children(field);
        return Field.createField(
                builder,
                fieldName,
                field.isNullable(),
                type.getTypeID().getFlatbufID(),
                shared.typeOffset,
                0,
                children,
                shared.metadata);
    }

    private int children(org.apache.arrow.vector.types.pojo.Field field) {
        int[] offsets = field.getChildren().stream()
                .mapToInt(child -> child.getField(builder))
                .toArray();
        return Field.createChildrenVector(builder, offsets);
    }

    private OfType share(ArrowType type, int[] place) {
        OfType known = types.get(type);
        if (known == null) {
            known = new OfType(told(type));
            types.put(type, known);
        }
        if (known.message != message) {
            int[] pairs = Arrays.copyOf(place, place.length + known.told.size() / 2);
            for (int i = 0; i < known.told.size(); i += 2) {
                int key = offset(known.told.get(i));
                pairs[place.length + i / 2] = KeyValue.createKeyValue(builder, key, offset(known.told.get(i + 1)));
            }
            known.metadata = Field.createCustomMetadataVector(builder, pairs);
            known.typeOffset = type.getType(builder);
            known.message = message;
        }
        return known;
    }

    private List<Text> told(ArrowType type) {
        List<Text> told = new ArrayList<>();
        ColumnMetadata.ofType(type).forEach((key, value) -> {
            told.add(texts.computeIfAbsent(key, Text::new));
            told.add(texts.computeIfAbsent(value, Text::new));
        });
        return told;
    }

    private int offset(Text text) {
        if (text.message != message) {
            text.offset = builder.createString(text.utf8.rewind());
            text.message = message;
        }
        return text.offset;
    }

    private int[] pairs(Map<String, String> metadata) {
        int[] offsets = new int[metadata.size()];
        int i = 0;
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            offsets[i] = KeyValue.createKeyValue(
                    builder, builder.createString(entry.getKey()), builder.createString(entry.getValue()));
            i++;
        }
        return offsets;
    }
}
