package dev.bowyer.flight.metadata;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.complex.impl.UnionMapWriter;
import org.apache.arrow.vector.complex.writer.BaseWriter;

/// A value of GetSqlInfo, by the child of the dense union that holds it. Clients assert the child: one that
/// expects an int32 dies on a bigint.
sealed interface SqlInfoValue {
    /// Index of the union's child.
    byte child();

    /// Writes the value into the child, at its own `index` there.
    void write(DenseUnionVector union, int index);

    record Text(String value) implements SqlInfoValue {
        @Override
        public byte child() {
            return 0;
        }

        @Override
        public void write(DenseUnionVector union, int index) {
            VarCharVector vector = union.getVarCharVector(child());
            vector.setSafe(index, value.getBytes(StandardCharsets.UTF_8));
        }
    }

    record Flag(boolean value) implements SqlInfoValue {
        @Override
        public byte child() {
            return 1;
        }

        @Override
        public void write(DenseUnionVector union, int index) {
            BitVector vector = union.getBitVector(child());
            vector.setSafe(index, value ? 1 : 0);
        }
    }

    record Bigint(long value) implements SqlInfoValue {
        @Override
        public byte child() {
            return 2;
        }

        @Override
        public void write(DenseUnionVector union, int index) {
            BigIntVector vector = union.getBigIntVector(child());
            vector.setSafe(index, value);
        }
    }

    record Int32(int value) implements SqlInfoValue {
        @Override
        public byte child() {
            return 3;
        }

        @Override
        public void write(DenseUnionVector union, int index) {
            IntVector vector = union.getIntVector(child());
            vector.setSafe(index, value);
        }
    }

    record Texts(List<String> values) implements SqlInfoValue {
        @Override
        public byte child() {
            return 4;
        }

        @Override
        public void write(DenseUnionVector union, int index) {
            UnionListWriter writer = union.getList(child()).getWriter();
            writer.setPosition(index);
            writer.startList();
            values.forEach(writer::writeVarChar);
            writer.endList();
        }
    }

    /// From one type to those it converts to, as numbers of `SqlSupportsConvert`.
    record Conversions(SortedMap<Integer, List<Integer>> values) implements SqlInfoValue {
        @Override
        public byte child() {
            return 5;
        }

        @Override
        public void write(DenseUnionVector union, int index) {
            UnionMapWriter writer = union.getMap(child()).getWriter();
            writer.setPosition(index);
            writer.startMap();
            values.forEach((from, to) -> {
                writer.startEntry();
                writer.key().integer().writeInt(from);
                BaseWriter.ListWriter list = writer.value().list();
                list.startList();
                to.forEach(target -> list.integer().writeInt(target));
                list.endList();
                writer.endEntry();
            });
            writer.endMap();
        }
    }
}
