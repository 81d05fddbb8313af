package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is between SELECT and FROM. */
final class Items {
    private Items() {}

    /** DuckDB takes names that differ in case for the same, and would give one column for the other. */
    static void checkCase(Dialect dialect, List<String> names, List<Plan.Item> items) {
        if (dialect != Dialect.DUCKDB) {
            return;
        }
        Map<String, String> known = new HashMap<>();
        names.forEach(name -> known.put(name.toLowerCase(Locale.ROOT), name));
        for (Plan.Item item : items) {
            String other = known.put(item.name().toLowerCase(Locale.ROOT), item.name());
            if (other != null) {
                throw Invalid.argument(
                        "the columns " + other + " and " + item.name() + " are one to DuckDB, which ignores case",
                        "give one of them another name with as(\"...\") or rename");
            }
        }
    }

    /** The columns {@code names}, of which {@code given} are computed anew, and what else is given. */
    static List<Plan.Item> replaced(List<String> names, List<Plan.Item> given) {
        Map<String, Plan.Item> byName = new HashMap<>();
        given.forEach(item -> byName.put(item.name(), item));
        List<Plan.Item> items = new ArrayList<>();
        names.forEach(name -> items.add(byName.getOrDefault(name, new Plan.Item(name, Expressions.col(name)))));
        given.stream().filter(item -> !names.contains(item.name())).forEach(items::add);
        return items;
    }

    /** The items over the source of {@code block}; null when they need a computed column inside of an expression. */
    static @Nullable List<Plan.Item> carried(Block block, List<Plan.Item> items) {
        List<Plan.Item> carried = new ArrayList<>();
        for (Plan.Item item : items) {
            Plan.Item computed = item.expr().node() instanceof Node.Column column ? block.item(column.name()) : null;
            if (computed != null) {
                carried.add(new Plan.Item(item.name(), computed.expr()));
            } else if (block.passesAll(item.expr())) {
                carried.add(item);
            } else {
                return null;
            }
        }
        return carried;
    }
}
