package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What becomes of ORDER BY when other columns are selected. A name in it is that of an item before it is one of the
 * source; servers that do not tell upper from lower case make no difference there either.
 */
final class Order {
    private Order() {}

    /** Whether the order of {@code block} means the same with other items over the same source. */
    static boolean keeps(Block block, List<Plan.Item> items, boolean star) {
        if (isShadowed(block.order, items)) {
            return false;
        }
        for (String name : columns(block.order)) {
            boolean stays = items.stream().anyMatch(item -> item.name().equals(name));
            if (!star && !stays && block.item(name) != null && !block.passes(name)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a SELECT of {@code items} from the rows of {@code block} could not name what they are sorted by. */
    static boolean isOutOfReach(Block block, List<Plan.Item> items) {
        return isShadowed(block.order, items) || !columns(block.order).stream().allMatch(block::shows);
    }

    private static boolean isShadowed(List<SortKey> order, List<Plan.Item> items) {
        for (String name : columns(order)) {
            for (Plan.Item item : items) {
                boolean same = item.name().equals(name)
                        && item.expr().node() instanceof Node.Column column
                        && column.name().equals(name);
                if (!same && item.name().equalsIgnoreCase(name)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Makes columns of what {@code block} is sorted by.
     *
     * @param names the columns of the block
     * @param next of the next SELECT, which must not hide the new columns
     * @return the same order, by these columns
     */
    static List<SortKey> carry(Block block, List<String> names, List<Plan.Item> next) {
        Set<String> taken = new HashSet<>();
        names.forEach(name -> taken.add(name.toLowerCase(Locale.ROOT)));
        next.forEach(item -> taken.add(item.name().toLowerCase(Locale.ROOT)));
        columns(block.order).forEach(name -> taken.add(name.toLowerCase(Locale.ROOT)));
        List<Plan.Item> items = new ArrayList<>(block.items);
        List<SortKey> keys = new ArrayList<>();
        int last = 0;
        for (SortKey key : block.order) {
            String name;
            do {
                last++;
                name = "order_" + last;
            } while (taken.contains(name));
            Plan.Item computed = key.expr().node() instanceof Node.Column column ? block.item(column.name()) : null;
            items.add(new Plan.Item(name, computed == null ? key.expr() : computed.expr()));
            keys.add(key.by(Expressions.col(name)));
        }
        block.items = items;
        return keys;
    }

    private static Set<String> columns(List<SortKey> order) {
        Set<String> names = new HashSet<>();
        order.forEach(key -> names.addAll(Contents.columns(key.expr())));
        return names;
    }
}
