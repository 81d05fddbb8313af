package dev.bowyer.client.lazy;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The steps of a frame. */
sealed interface Plan {
    /** The steps it builds on. */
    List<Plan> inputs();

    /** For people, on one line. */
    String label();

    /** A column to be: an expression and its name. */
    record Item(String name, Expr expr) {
        @Override
        public String toString() {
            return expr.node() instanceof Node.Column column && column.name().equals(name)
                    ? name
                    : Invalid.shown(ExprWriter.text(expr)) + " as " + name;
        }
    }

    record Table(List<String> parts) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of();
        }

        @Override
        public String label() {
            return "table " + String.join(".", parts);
        }
    }

    /** @param keepsAll whether the columns of the input stay, but for those of the same names */
    record Project(Plan input, List<Item> items, boolean keepsAll) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return (keepsAll ? "with columns " : "select ") + Labels.list(items);
        }
    }

    record Rename(Plan input, Map<String, String> names) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return "rename "
                    + Labels.list(names.entrySet().stream()
                            .map(name -> name.getKey() + " to " + name.getValue())
                            .toList());
        }
    }

    record Drop(Plan input, List<String> names) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return "drop " + Labels.list(names);
        }
    }

    record Filter(Plan input, Expr condition) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return "filter " + condition;
        }
    }

    record Aggregation(Plan input, List<Item> keys, List<Item> values) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return (keys.isEmpty() ? "" : "group by " + Labels.list(keys) + ": ") + Labels.list(values);
        }
    }

    record Distinct(Plan input) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return "distinct";
        }
    }

    record Sort(Plan input, List<SortKey> keys) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            return "sort by " + Labels.list(keys);
        }
    }

    /** @param limit null for all */
    record Slice(Plan input, long offset, @Nullable Long limit) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of(input);
        }

        @Override
        public String label() {
            String skipped = offset == 0 ? "" : "offset " + offset;
            return limit == null ? "offset " + offset : "limit " + limit + (offset == 0 ? "" : " " + skipped);
        }
    }

    record Joined(Plan left, Plan right, Join join) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of(left, right);
        }

        @Override
        public String label() {
            return join.toString();
        }
    }

    record Union(Plan left, Plan right, boolean all) implements Plan {
        @Override
        public List<Plan> inputs() {
            return List.of(left, right);
        }

        @Override
        public String label() {
            return all ? "union all" : "union";
        }
    }
}
