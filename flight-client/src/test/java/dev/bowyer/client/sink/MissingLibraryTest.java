package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.File;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sinks in a class loader that lacks one jar. */
class MissingLibraryTest {
    @Test
    void whatIsMissingIsNamed() throws Exception {
        assertNamed("dflib-", "DflibSink", "frame", "DFLib", "org.dflib:dflib");
        assertNamed("tablesaw-core-", "TablesawSink", "table", "Tablesaw", "tech.tablesaw:tablesaw-core");
        assertNamed("duckdb_jdbc-", "ParquetSink", "file", "DuckDB", "org.duckdb:duckdb_jdbc");
        assertNamed("arrow-c-data-", "ParquetSink", "file", "C data interface", "org.apache.arrow:arrow-c-data");
    }

    private static void assertNamed(String jar, String sink, String factory, String library, String coordinates)
            throws Exception {
        try (URLClassLoader without = new URLClassLoader(classPath(jar), ClassLoader.getPlatformClassLoader())) {
            Class<?> type = without.loadClass("dev.bowyer.client.sink." + sink);
            MethodType signature = factory.equals("file")
                    ? MethodType.methodType(type, Path.class)
                    : MethodType.methodType(without.loadClass("dev.bowyer.client.frame.Sink"));
            MethodHandle create = MethodHandles.publicLookup().findStatic(type, factory, signature);
            Throwable failure = catchThrowable(
                    () -> create.invokeWithArguments(factory.equals("file") ? List.of(Path.of("t")) : List.of()));
            assertThat(failure.toString())
                    .contains("SINK_FAILED", library + " is not on the class path", "add " + coordinates);
        }
    }

    private static URL[] classPath(String jar) throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        boolean found = false;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (path.getFileName().toString().startsWith(jar)) {
                found = true;
            } else {
                urls.add(path.toUri().toURL());
            }
        }
        assertThat(found).as(jar + " is on the class path of tests").isTrue();
        return urls.toArray(new URL[0]);
    }
}
