package dev.bowyer.dataset.delta.log;

import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.engine.ExpressionHandler;
import io.delta.kernel.engine.FileSystemClient;
import io.delta.kernel.engine.JsonHandler;
import io.delta.kernel.engine.ParquetHandler;
import io.delta.kernel.expressions.Expression;
import io.delta.kernel.expressions.ExpressionEvaluator;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.expressions.Predicate;
import io.delta.kernel.expressions.PredicateEvaluator;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.StructType;
import java.util.Arrays;

/// What the kernel reads a log with. It plans whole versions, without predicates: files are pruned natively.
public record LogEngine(LogFiles files, LogJson json, LogParquet parquet) implements Engine {
    public LogEngine(LogAccess log) {
        this(new LogFiles(log), new LogJson(log), new LogParquet(log));
    }

    @Override
    public ExpressionHandler getExpressionHandler() {
        return Expressions.INSTANCE;
    }

    @Override
    public JsonHandler getJsonHandler() {
        return json;
    }

    @Override
    public FileSystemClient getFileSystemClient() {
        return files;
    }

    @Override
    public ParquetHandler getParquetHandler() {
        return parquet;
    }

    /// Literals and selections: all that a scan without a predicate asks for.
    private static final class Expressions implements ExpressionHandler {
        private static final Expressions INSTANCE = new Expressions();

        @Override
        public ExpressionEvaluator getEvaluator(StructType schema, Expression expression, DataType type) {
            if (!(expression instanceof Literal literal)) {
                throw new UnsupportedOperationException("expression: " + expression);
            }
            Object value = literal.getValue();
            return new ExpressionEvaluator() {
                @Override
                public ColumnVector eval(io.delta.kernel.data.ColumnarBatch input) {
                    return new ValueVector(type, input.getSize(), _ -> value);
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public PredicateEvaluator getPredicateEvaluator(StructType schema, Predicate predicate) {
            throw new UnsupportedOperationException("predicate: " + predicate);
        }

        @Override
        public ColumnVector createSelectionVector(boolean[] values, int from, int to) {
            boolean[] selected = Arrays.copyOfRange(values, from, to);
            return new ValueVector(BooleanType.BOOLEAN, selected.length, row -> selected[row]);
        }
    }
}
