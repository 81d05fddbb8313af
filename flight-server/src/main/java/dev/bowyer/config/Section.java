package dev.bowyer.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// One mapping of the file. Unknown and repeated keys are recorded when it is made, wrong values when they are read.
final class Section {
    private final String path;
    private final Optional<Mark> mark;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Substitution substitution;
    private final ConfigProblems problems;

    /// @param path of its keys, with dots; empty at the top
    /// @param node null: absent from the file
    Section(String path, @Nullable Node node, Substitution substitution, ConfigProblems problems) {
        this.path = path;
        this.mark = node == null ? Optional.empty() : node.getStartMark();
        this.substitution = substitution;
        this.problems = problems;
        switch (node) {
            case null -> {}
            case MappingNode mapping -> mapping.getValue().forEach(this::put);
            default -> {
                if (!isNull(node)) {
                    String expected = String.join(", ", ConfigKeys.namesBelow(path));
                    problems.add(mark, (path.isEmpty() ? "the file" : path) + ": expected a mapping with " + expected);
                }
            }
        }
    }

    private void put(NodeTuple tuple) {
        Node key = tuple.getKeyNode();
        if (!(key instanceof ScalarNode scalar)) {
            problems.add(key.getStartMark(), "a key must be a plain text");
            return;
        }
        String name = scalar.getValue();
        List<String> known = ConfigKeys.namesBelow(path);
        if (!known.contains(name)) {
            problems.unknownKey(key.getStartMark(), path, name, known);
        } else if (values.containsKey(name)) {
            problems.add(key.getStartMark(), "key \"" + name + "\" stands twice");
        } else if (!isNull(tuple.getValueNode())) {
            values.put(name, tuple.getValueNode());
        }
    }

    Section section(String name) {
        return new Section(pathOf(name), values.get(name), substitution, problems);
    }

    private String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    List<Section> sections(String name) {
        List<Section> sections = new ArrayList<>();
        for (Node item : items(name, "a list of mappings", false)) {
            sections.add(new Section(pathOf(name) + "[]", item, substitution, problems));
        }
        return sections;
    }

    /// The value, the default, or null when it is absent or wrong; what is wrong has been recorded.
    <T> @Nullable T value(ConfigKey<T> key) {
        Node node = values.get(key.name());
        if (node == null) {
            if (key.required()) {
                problems.add(
                        mark,
                        "key \"" + key.name() + "\" is missing (expected: "
                                + key.type().expected() + ")");
            }
            return key.defaultText() == null ? null : key.type().parse().apply(key.defaultText());
        }
        return scalar(key, node);
    }

    /// Null when absent; without the items that are wrong.
    <T> @Nullable List<T> values(ConfigKey<T> key) {
        if (!values.containsKey(key.name())) {
            return null;
        }
        List<T> result = new ArrayList<>();
        for (Node item : items(key.name(), key.type().expected(), key.type().secret())) {
            T value = scalar(key, item);
            if (value != null) {
                result.add(value);
            }
        }
        return result;
    }

    /// Where the value of `name` stands, else where this mapping does.
    Optional<Mark> markOf(String name) {
        Node node = values.get(name);
        return node == null ? mark : node.getStartMark();
    }

    private List<Node> items(String name, String expected, boolean secret) {
        return switch (values.get(name)) {
            case null -> List.of();
            case SequenceNode sequence -> sequence.getValue();
            case Node other -> {
                problems.add(other.getStartMark(), name + ": " + show(other, secret) + " (expected: " + expected + ")");
                yield List.of();
            }
        };
    }

    private <T> @Nullable T scalar(ConfigKey<T> key, Node node) {
        if (!(node instanceof ScalarNode scalar)) {
            problems.add(node.getStartMark(), key.name() + ": " + show(node, false) + expected(key));
            return null;
        }
        String text;
        try {
            text = substitution.apply(scalar.getValue());
        } catch (IllegalArgumentException e) {
            problems.add(node.getStartMark(), key.name() + ": " + e.getMessage());
            return null;
        }
        if (key.type().secret()) {
            substitution.hide(text);
        }
        try {
            return key.type().parse().apply(text);
        } catch (IllegalArgumentException e) {
            problems.add(
                    node.getStartMark(),
                    key.name() + ": " + show(node, key.type().secret()) + expected(key));
            return null;
        }
    }

    private static String expected(ConfigKey<?> key) {
        return " (expected: " + key.type().expected() + ")";
    }

    /// As it stands in the file: references are not resolved, so what they stand for is not shown.
    private static String show(Node node, boolean secret) {
        return switch (node) {
            case ScalarNode scalar when secret && !Substitution.isReference(scalar.getValue()) -> Substitution.HIDDEN;
            case ScalarNode scalar -> "\"" + scalar.getValue() + "\"";
            case SequenceNode sequence -> "a list";
            default -> "a mapping";
        };
    }

    private static boolean isNull(Node node) {
        return node instanceof ScalarNode && node.getTag().equals(Tag.NULL);
    }
}
