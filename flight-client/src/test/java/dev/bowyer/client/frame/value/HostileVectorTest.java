package dev.bowyer.client.frame.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.ViewVarCharVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.impl.UnionListViewWriter;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Offsets, sizes and indices that do not fit the buffers, as a broken or hostile server may send them. */
class HostileVectorTest {
    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void everythingIsReleased() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    private static void assertBad(Runnable use, String... parts) {
        assertThatThrownBy(use::run)
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.BAD_ANSWER))
                .asString()
                .contains(parts);
    }

    private static void assertBadRow(FieldVector vector, int row, String... parts) {
        ValueReader reader = ValueReader.of(vector.getField(), vector, id -> null);
        assertBad(() -> reader.get(row), parts);
    }

    private static void assertBadSlice(FieldVector vector, int start, int length) {
        Field field = vector.getField();
        assertBad(() -> VectorSlice.of(vector, field, start, length).close(), "'" + field.getName() + "'");
    }

    @Test
    void textBeyondItsBuffer() {
        try (VarCharVector text = new VarCharVector("text", allocator);
                LargeVarCharVector large = new LargeVarCharVector("large", allocator)) {
            for (int row = 0; row < 3; row++) {
                text.setSafe(row, new byte[] {'a'});
                large.setSafe(row, new byte[] {'a'});
            }
            text.setValueCount(3);
            large.setValueCount(3);
            text.getOffsetBuffer().setInt(4, Integer.MAX_VALUE);
            assertBadRow(text, 0, "row 0", "'text'", "2147483647 bytes");
            assertBadRow(text, 1, "row 1", "'text'", "from 2147483647");
            assertBadSlice(text, 1, 1);
            assertBadSlice(text, 0, 1);
            large.getOffsetBuffer().setLong(8, -5L);
            assertBadRow(large, 0, "'large'", "-5 bytes");
            assertBadRow(large, 1, "'large'", "from -5");
            large.getOffsetBuffer().setLong(8, Long.MAX_VALUE);
            assertBadRow(large, 0, "'large'");
            assertBadSlice(large, 1, 2);
        }
    }

    @Test
    void viewsBeyondTheirBuffers() {
        try (ViewVarCharVector views = new ViewVarCharVector("views", allocator)) {
            views.setSafe(0, "a text that is not inline".getBytes(StandardCharsets.UTF_8));
            views.setSafe(1, "short".getBytes(StandardCharsets.UTF_8));
            views.setValueCount(2);
            ValueReader reader = ValueReader.of(views.getField(), views, id -> null);
            assertThat(reader.get(0)).isEqualTo("a text that is not inline");
            assertThat(reader.get(1)).isEqualTo("short");
            views.getDataBuffer().setInt(0, Integer.MAX_VALUE);
            assertBadRow(views, 0, "'views'", "2147483647 bytes");
            views.getDataBuffer().setInt(8, 7);
            assertBadRow(views, 0, "'views'", "buffer 7 of 1");
            views.getDataBuffer().setInt(BaseVariableWidthViewVector.ELEMENT_SIZE, -1);
            assertBadRow(views, 1, "'views'", "-1 bytes");
        }
    }

    @Test
    void listsBeyondTheirChild() {
        try (ListVector lists = ListVector.empty("lists", allocator)) {
            UnionListWriter writer = lists.getWriter();
            for (int row = 0; row < 3; row++) {
                writer.setPosition(row);
                writer.startList();
                writer.integer().writeInt(row);
                writer.endList();
            }
            lists.setValueCount(3);
            lists.getOffsetBuffer().setInt(4, Integer.MAX_VALUE);
            assertBadRow(lists, 0, "row 0", "'lists'", "2147483647 elements");
            assertBadRow(lists, 1, "row 1", "'lists'");
            assertBadSlice(lists, 0, 1);
            assertBadSlice(lists, 1, 1);
        }
    }

    @Test
    void listViewsBeyondTheirChild() {
        try (ListViewVector lists = ListViewVector.empty("lists", allocator)) {
            UnionListViewWriter writer = lists.getWriter();
            writer.allocate();
            for (int row = 0; row < 2; row++) {
                writer.setPosition(row);
                writer.startListView();
                writer.bigInt().writeBigInt(row);
                writer.endListView();
            }
            lists.setValueCount(2);
            lists.getOffsetBuffer().setInt(0, 1);
            lists.getSizeBuffer().setInt(0, 4);
            assertBadRow(lists, 0, "row 0", "'lists'", "4 elements from 1 of 2");
            lists.getOffsetBuffer().setInt(0, Integer.MAX_VALUE);
            assertBadRow(lists, 0, "4 elements from 2147483647 of 2");
            lists.getSizeBuffer().setInt(4, -3);
            assertBadRow(lists, 1, "row 1", "-3 elements");
        }
    }

    @Test
    void largeListViewsWhoseEndIsBeyondALong() {
        try (LargeListViewVector lists = LargeListViewVector.empty("lists", allocator)) {
            lists.addOrGetVector(org.apache.arrow.vector.types.pojo.FieldType.nullable(new ArrowType.Int(32, true)));
            lists.allocateNew();
            org.apache.arrow.vector.BitVectorHelper.setBit(lists.getValidityBuffer(), 0);
            lists.getOffsetBuffer().setLong(0, Long.MAX_VALUE);
            lists.getSizeBuffer().setLong(0, Long.MAX_VALUE);
            assertBadRow(lists, 0, "'lists'", "9223372036854775807 elements from 9223372036854775807 of 0");
        }
    }

    @Test
    void unionsBeyondTheirChild() {
        try (DenseUnionVector union = DenseUnionVector.empty("union", allocator)) {
            union.allocateNew();
            byte type = union.registerNewTypeId(Field.nullable("", MinorType.INT.getType()));
            union.setTypeId(0, type);
            var holder = new org.apache.arrow.vector.holders.NullableIntHolder();
            holder.isSet = 1;
            holder.value = 7;
            union.setSafe(0, holder);
            union.setValueCount(1);
            assertThat(ValueReader.of(union.getField(), union, id -> null).get(0))
                    .isEqualTo(7);
            union.getOffsetBuffer().setInt(0, Integer.MAX_VALUE);
            assertBadRow(union, 0, "row 0", "'union'");
            union.getOffsetBuffer().setInt(0, -1);
            assertBadRow(union, 0, "'union'", "value -1");
        }
    }

    @Test
    void indicesBelowZeroAreNotNull() {
        Field field = SampleTypes.encoded(SampleTypes.of("code", ArrowType.Utf8.INSTANCE), new ArrowType.Int(64, true));
        try (BigIntVector indices = (BigIntVector) FieldTypes.vectorField(field).createVector(allocator);
                VarCharVector values = new VarCharVector("code", allocator)) {
            values.setSafe(0, new byte[] {'a'});
            values.setValueCount(1);
            indices.setSafe(0, -1);
            indices.setSafe(1, Long.MIN_VALUE);
            indices.setNull(2);
            indices.setValueCount(3);
            Dictionary dictionary = new Dictionary(values, Objects.requireNonNull(field.getDictionary()));
            ValueReader reader = ValueReader.of(field, indices, id -> dictionary);
            assertBad(() -> reader.get(0), "'code'", "value -1 of 1");
            assertBad(() -> reader.isNull(1), "'code'");
            assertThat(reader.isNull(2)).isTrue();
        }
    }

    @Test
    void buffersThatAreTooShort() {
        try (IntVector ints = new IntVector("ints", allocator);
                var validity = allocator.buffer(8);
                var data = allocator.buffer(8)) {
            validity.setLong(0, -1L);
            data.setLong(0, 0L);
            ints.loadFieldBuffers(
                    new org.apache.arrow.vector.ipc.message.ArrowFieldNode(50, 0), List.of(validity, data.slice(0, 8)));
            ValueReader reader = ValueReader.of(ints.getField(), ints, id -> null);
            assertThat(reader.get(1)).isEqualTo(0);
            assertBad(() -> reader.get(40), "row 40", "'ints'");
            assertBad(() -> reader.getLongs(0, 50, new long[50], 0), "50 rows from row 0", "'ints'");
            assertBadSlice(ints, 0, 50);
        }
    }
}
