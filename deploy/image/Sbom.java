import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Adds to the bill of materials of the jars (CycloneDX, made by Maven) what else the image holds: the crates of the
/// native engine, the Debian packages and the Java runtime.
///
/// usage: java -cp 'lib/*' Sbom.java MAVEN-SBOM CARGO-LOCK FOLDER-OF-DPKG-STATUS RESULT
final class Sbom {
    /// One `[[package]]` of Cargo.lock that comes from a registry; those without a source are of this tree.
    private static final Pattern CRATE = Pattern.compile(
            "\\[\\[package]]\\nname = \"([^\"]+)\"\\nversion = \"([^\"]+)\"\\nsource = \"registry[^\"]*\"");

    private static final Pattern DEBIAN =
            Pattern.compile("(?ms)\\APackage: (\\S+)$.*?^Architecture: (\\S+)$.*?^Version: (\\S+)$");

    private final ArrayNode components;

    private Sbom(ArrayNode components) {
        this.components = components;
    }

    public static void main(String[] args) throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode bill = (ObjectNode) json.readTree(Path.of(args[0]).toFile());
        Sbom sbom = new Sbom((ArrayNode) bill.get("components"));
        for (MatchResult crate : matches(CRATE, Path.of(args[1]))) {
            sbom.add("library", crate.group(1), crate.group(2), "pkg:cargo/" + crate.group(1) + "@" + crate.group(2));
        }
        try (Stream<Path> packages = Files.list(Path.of(args[2]))) {
            for (Path file : packages.sorted().toList()) {
                MatchResult found = matches(DEBIAN, file).getFirst();
                String purl = "pkg:deb/debian/" + found.group(1) + "@" + found.group(3).replace("+", "%2B")
                        + "?arch=" + found.group(2) + "&distro=bookworm";
                sbom.add("library", found.group(1), found.group(3), purl);
            }
        }
        String java = Runtime.version().toString();
        sbom.add("platform", "temurin-jdk", java, "pkg:generic/temurin-jdk@" + java.replace("+", "%2B"));
        // The graph that Maven tells is of the jars alone.
        json.writeValue(Path.of(args[3]).toFile(), bill);
        System.out.println(sbom.components.size() + " components in " + args[3]);
    }

    private static List<MatchResult> matches(Pattern pattern, Path file) throws IOException {
        List<MatchResult> found = pattern.matcher(Files.readString(file)).results().toList();
        if (found.isEmpty()) {
            throw new IOException(file + " names no package");
        }
        return found;
    }

    private void add(String type, String name, String version, String purl) {
        components
                .addObject()
                .put("type", type)
                .put("bom-ref", purl)
                .put("name", name)
                .put("version", version)
                .put("purl", purl);
    }
}
