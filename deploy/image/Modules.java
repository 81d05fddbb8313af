import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// Prints the modules of modules.txt with commas between them, after comparing them with what the classes in jars name.
/// jdeps would not do: it gives up on a jar that is a module when the modules that this one requires are not there.
///
/// usage: java Modules.java MODULES.TXT FOLDER...       (folders with jars)
final class Modules {
    /// From the name of a package of the JDK to that of its module.
    private final Map<String, String> ofPackage = new HashMap<>();

    private final Set<String> named = new TreeSet<>();

    private Modules() {
        for (ModuleReference module : ModuleFinder.ofSystem().findAll()) {
            ModuleDescriptor descriptor = module.descriptor();
            // Not those that are only for some modules of the JDK.
            descriptor.exports().stream()
                    .filter(exports -> !exports.isQualified())
                    .forEach(exports -> ofPackage.put(exports.source(), descriptor.name()));
        }
    }

    public static void main(String[] args) throws IOException {
        List<String> listed = Files.readAllLines(Path.of(args[0])).stream()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .toList();
        Modules modules = new Modules();
        for (String folder : List.of(args).subList(1, args.length)) {
            try (Stream<Path> files = Files.list(Path.of(folder))) {
                for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
                    modules.read(jar);
                }
            }
        }
        Set<String> missing = modules.named;
        missing.removeIf(module -> listed.contains(module) || listed.contains("-" + module));
        // Every class names it, so it shows that there were classes.
        if (!missing.remove("java.base") || !missing.isEmpty()) {
            System.err.println("error: modules that jars name and " + args[0] + " does not: " + missing);
            System.exit(1);
        }
        System.out.println(String.join(
                ",", listed.stream().filter(module -> !module.startsWith("-")).toList()));
    }

    private void read(Path jar) throws IOException {
        try (ZipFile entries = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : entries.stream().toList()) {
                // Not the descriptions of modules: on the class path nobody reads them.
                if (entry.getName().endsWith(".class") && !entry.getName().endsWith("module-info.class")) {
                    try (InputStream bytes = entries.getInputStream(entry)) {
                        read(bytes.readAllBytes());
                    }
                }
            }
        }
    }

    private void read(byte[] bytes) {
        for (PoolEntry entry : ClassFile.of().parse(bytes).constantPool()) {
            if (entry instanceof ClassEntry type) {
                String name = type.asInternalName();
                int end = name.lastIndexOf('/');
                String module = end < 0 || name.startsWith("[")
                        ? null
                        : ofPackage.get(name.substring(0, end).replace('/', '.'));
                if (module != null) {
                    named.add(module);
                }
            }
        }
    }
}
