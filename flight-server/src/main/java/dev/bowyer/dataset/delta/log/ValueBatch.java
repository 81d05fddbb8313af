package dev.bowyer.dataset.delta.log;

import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rows as the kernel takes them.
record ValueBatch(StructType schema, List<ColumnVector> columns, int size) implements ColumnarBatch {
    /// @param rows each with one value for each field of `schema`
    static ValueBatch of(StructType schema, List<@Nullable Object[]> rows) {
        List<ColumnVector> columns = new ArrayList<>();
        for (int i = 0; i < schema.length(); i++) {
            int column = i;
            columns.add(new ValueVector(schema.at(i).getDataType(), rows.size(), row -> rows.get(row)[column]));
        }
        return new ValueBatch(schema, columns, rows.size());
    }

    @Override
    public StructType getSchema() {
        return schema;
    }

    @Override
    public ColumnVector getColumnVector(int ordinal) {
        return columns.get(ordinal);
    }

    @Override
    public int getSize() {
        return size;
    }

    @Override
    public ColumnarBatch withNewColumn(int ordinal, StructField field, ColumnVector column) {
        List<StructField> fields = new ArrayList<>(schema.fields());
        fields.add(ordinal, field);
        List<ColumnVector> changed = new ArrayList<>(columns);
        changed.add(ordinal, column);
        return new ValueBatch(new StructType(fields), changed, size);
    }

    @Override
    public ColumnarBatch withDeletedColumnAt(int ordinal) {
        List<StructField> fields = new ArrayList<>(schema.fields());
        fields.remove(ordinal);
        List<ColumnVector> changed = new ArrayList<>(columns);
        changed.remove(ordinal);
        return new ValueBatch(new StructType(fields), changed, size);
    }

    @Override
    public ColumnarBatch withNewSchema(StructType newSchema) {
        return new ValueBatch(newSchema, columns, size);
    }
}
