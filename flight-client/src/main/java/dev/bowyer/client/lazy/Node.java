package dev.bowyer.client.lazy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an expression is. */
sealed interface Node
        permits Node.Column,
                Node.Side,
                Node.Literal,
                Node.Null,
                Node.Operation,
                Node.Not,
                Node.Negative,
                Node.Cast,
                Node.Case,
                Node.In,
                Node.Between,
                Node.Like,
                Node.IsNull,
                Call {
    List<Expr> children();

    int precedence();

    void write(ExprWriter writer);

    record Column(String name) implements Node {
        @Override
        public List<Expr> children() {
            return List.of();
        }

        @Override
        public int precedence() {
            return ExprWriter.ATOM;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.name(name);
        }
    }

    /** A column of one side of a join. */
    record Side(boolean right, String name) implements Node {
        @Override
        public List<Expr> children() {
            return List.of();
        }

        @Override
        public int precedence() {
            return ExprWriter.ATOM;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.side(right);
            writer.append(".").name(name);
        }
    }

    record Literal(Object value, SqlType type) implements Node {
        boolean takesTypes() {
            return value instanceof String || value instanceof java.time.Instant;
        }

        @Override
        public List<Expr> children() {
            return List.of();
        }

        @Override
        public int precedence() {
            return ExprWriter.ATOM;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.literal(value, type);
        }
    }

    /** Written into the statement: servers cannot tell the type of a bound null. */
    record Null(@Nullable SqlType type) implements Node {
        @Override
        public List<Expr> children() {
            return List.of();
        }

        @Override
        public int precedence() {
            return ExprWriter.ATOM;
        }

        @Override
        public void write(ExprWriter writer) {
            if (type == null) {
                writer.append("NULL");
            } else {
                writer.cast(type, false, () -> writer.append("NULL"));
            }
        }
    }

    enum Operator {
        OR("OR", ExprWriter.OR),
        AND("AND", ExprWriter.AND),
        EQ("=", ExprWriter.PREDICATE),
        NE("<>", ExprWriter.PREDICATE),
        LT("<", ExprWriter.PREDICATE),
        LE("<=", ExprWriter.PREDICATE),
        GT(">", ExprWriter.PREDICATE),
        GE(">=", ExprWriter.PREDICATE),
        ADD("+", ExprWriter.SUM),
        SUB("-", ExprWriter.SUM),
        MUL("*", ExprWriter.PRODUCT),
        DIV("/", ExprWriter.PRODUCT),
        MOD("%", ExprWriter.PRODUCT);

        final String sql;
        final int precedence;

        Operator(String sql, int precedence) {
            this.sql = sql;
            this.precedence = precedence;
        }
    }

    record Operation(Operator operator, Expr left, Expr right) implements Node {
        @Override
        public List<Expr> children() {
            return List.of(left, right);
        }

        @Override
        public int precedence() {
            return operator.precedence;
        }

        /** Chains grow to the left; comparisons do not chain. */
        @Override
        public void write(ExprWriter writer) {
            boolean comparison = operator.precedence == ExprWriter.PREDICATE;
            if (comparison) {
                writer.writeBeside(left, right, operator.precedence + 1);
                writer.append(" " + operator.sql + " ");
                writer.writeBeside(right, left, operator.precedence + 1);
            } else {
                writer.write(left, operator.precedence);
                writer.append(" " + operator.sql + " ");
                writer.write(right, operator.precedence + 1);
            }
        }
    }

    record Not(Expr operand) implements Node {
        @Override
        public List<Expr> children() {
            return List.of(operand);
        }

        @Override
        public int precedence() {
            return ExprWriter.NOT;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.append("NOT ").write(operand, ExprWriter.ATOM);
        }
    }

    /** In brackets of its own: two signs side by side would begin a comment. */
    record Negative(Expr operand) implements Node {
        @Override
        public List<Expr> children() {
            return List.of(operand);
        }

        @Override
        public int precedence() {
            return ExprWriter.ATOM;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.append("(-").write(operand, ExprWriter.ATOM);
            writer.append(")");
        }
    }

    record Cast(Expr operand, SqlType type, boolean orNull) implements Node {
        @Override
        public List<Expr> children() {
            return List.of(operand);
        }

        @Override
        public int precedence() {
            return ExprWriter.ATOM;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.cast(type, orNull, () -> writer.write(operand, ExprWriter.OR));
        }
    }

    /** @param conditions as many as {@code values} */
    record Case(
            List<Expr> conditions,
            List<Expr> values,
            @Nullable Expr otherwise) implements Node {
        @Override
        public List<Expr> children() {
            return Expr.concat(conditions, values, otherwise == null ? List.of() : List.of(otherwise));
        }

        @Override
        public int precedence() {
            return ExprWriter.ATOM;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.append("CASE");
            for (int i = 0; i < conditions.size(); i++) {
                writer.append(" WHEN ").write(conditions.get(i), ExprWriter.OR);
                writer.append(" THEN ").write(values.get(i), ExprWriter.OR);
            }
            if (otherwise != null) {
                writer.append(" ELSE ").write(otherwise, ExprWriter.OR);
            }
            writer.append(" END");
        }
    }

    /** SQL has no empty list; nothing is in it, not even null. */
    record In(Expr operand, List<Expr> list) implements Node {
        @Override
        public List<Expr> children() {
            return Expr.concat(List.of(operand), list, List.of());
        }

        @Override
        public int precedence() {
            return list.isEmpty() ? ExprWriter.ATOM : ExprWriter.PREDICATE;
        }

        @Override
        public void write(ExprWriter writer) {
            if (list.isEmpty()) {
                writer.append("FALSE");
                return;
            }
            writer.write(operand, ExprWriter.SUM);
            writer.append(" IN (");
            writer.list(list, item -> writer.writeBeside(item, operand, ExprWriter.OR));
            writer.append(")");
        }
    }

    record Between(Expr operand, Expr low, Expr high) implements Node {
        @Override
        public List<Expr> children() {
            return List.of(operand, low, high);
        }

        @Override
        public int precedence() {
            return ExprWriter.PREDICATE;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.write(operand, ExprWriter.SUM);
            writer.append(" BETWEEN ");
            writer.writeBeside(low, operand, ExprWriter.SUM);
            writer.append(" AND ");
            writer.writeBeside(high, operand, ExprWriter.SUM);
        }
    }

    /** The escape is named: without it, some servers have a backslash and others none. */
    record Like(Expr operand, Expr pattern) implements Node {
        @Override
        public List<Expr> children() {
            return List.of(operand, pattern);
        }

        @Override
        public int precedence() {
            return ExprWriter.PREDICATE;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.write(operand, ExprWriter.SUM);
            writer.append(" LIKE ");
            writer.writeBeside(pattern, operand, ExprWriter.SUM);
            writer.append(" ESCAPE '\\'");
        }
    }

    record IsNull(Expr operand, boolean negated) implements Node {
        @Override
        public List<Expr> children() {
            return List.of(operand);
        }

        @Override
        public int precedence() {
            return ExprWriter.PREDICATE;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.write(operand, ExprWriter.SUM);
            writer.append(negated ? " IS NOT NULL" : " IS NULL");
        }
    }
}
