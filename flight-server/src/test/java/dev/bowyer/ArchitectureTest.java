package dev.bowyer;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;

/// Which way the arrows point: one line a rule. A package that does not exist yet breaks none of them.
///
/// Names are relative to `dev.bowyer`: in small letters a package with all below it, with a capital one type.
/// The classes of `proto` and `flight-client` are read along with the server's, since they are on its class
/// path.
@AnalyzeClasses(packages = "dev.bowyer", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String BASE = "dev.bowyer.";
    private static final String[] GROUND = {"error", "json", "dataset", "engine"};
    private static final String[] RULES = and(GROUND, "access", "admission", "cache");
    private static final String[] USE_CASES = and(RULES, "query", "registration", "ingest");
    private static final String[] EDGES = and(USE_CASES, "flight", "http", "telemetry");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching(BASE + "(**)").should().beFreeOfCycles().allowEmptyShould(true);

    // The other modules
    @ArchTest
    static final ArchRule protoSeesNobody = sees("proto");

    @ArchTest
    static final ArchRule clientSeesProto = sees("client", "proto");

    // Ground: how to run over it, and what exists
    @ArchTest
    static final ArchRule errorSeesNobody = sees("error");

    @ArchTest
    static final ArchRule jsonSeesError = sees("json", "error");

    @ArchTest
    static final ArchRule datasetSeesError = sees("dataset", "error");

    @ArchTest
    static final ArchRule engineSeesDataset = sees("engine", "dataset", "error");

    // Rules: they may know who calls, but not each other
    @ArchTest
    static final ArchRule accessSeesGround = sees("access", GROUND);

    @ArchTest
    static final ArchRule admissionSeesGroundAndCaller = sees("admission", and(GROUND, "access.Caller"));

    @ArchTest
    static final ArchRule cacheSeesGroundAndCaller = sees("cache", and(GROUND, "access.Caller"));

    // Use cases
    @ArchTest
    static final ArchRule querySeesRules = sees("query", RULES);

    @ArchTest
    static final ArchRule registrationSeesRules = sees("registration", RULES);

    @ArchTest
    static final ArchRule ingestSeesRules = sees("ingest", RULES);

    // Edges: none knows another
    @ArchTest
    static final ArchRule flightSeesUseCases = sees("flight", and(USE_CASES, "proto"));

    @ArchTest
    static final ArchRule httpSeesUseCases = sees("http", USE_CASES);

    @ArchTest
    static final ArchRule httpSqlSeesExchange = sees("http.sql", and(USE_CASES, "http.exchange"));

    @ArchTest
    static final ArchRule httpExchangeSeesUseCases = sees("http.exchange", USE_CASES);

    @ArchTest
    static final ArchRule telemetrySeesUseCases = sees("telemetry", USE_CASES);

    // The top: Main -> cli -> App -> config
    @ArchTest
    static final ArchRule configSeesEdges = sees("config", EDGES);

    @ArchTest
    static final ArchRule appSeesConfig = sees("App", and(EDGES, "config", "ConfiguredDatasets", "StartReport"));

    @ArchTest
    static final ArchRule configuredDatasetsSeeConfig = sees("ConfiguredDatasets", and(EDGES, "config", "App"));

    @ArchTest
    static final ArchRule startReportSeesConfig = sees("StartReport", and(EDGES, "config", "App"));

    @ArchTest
    static final ArchRule cliSeesApp = sees("cli", and(EDGES, "config", "client", "App"));

    @ArchTest
    static final ArchRule mainSeesCli = sees("Main", "cli", "error");

    // Libraries: the packages that may import each
    @ArchTest
    static final ArchRule arrowFlightIsForFlight = only("org.apache.arrow.flight", "flight", "client");

    @ArchTest
    static final ArchRule grpcIsForFlight = only("io.grpc", "flight", "client");

    @ArchTest
    static final ArchRule foreignMemoryIsForTheNativeEngine = only("java.lang.foreign", "engine.datafusion");

    @ArchTest
    static final ArchRule javalinIsForHttp = only("io.javalin", "http");

    @ArchTest
    static final ArchRule micrometerIsForTelemetry = only("io.micrometer", "telemetry");

    @ArchTest
    static final ArchRule openTelemetryIsForTelemetry = only("io.opentelemetry", "telemetry");

    @ArchTest
    static final ArchRule yamlIsForConfig = only("org.snakeyaml", "config");

    @ArchTest
    static final ArchRule bcryptIsForAccess = only("at.favre.lib", "access");

    @ArchTest
    static final ArchRule icebergIsForItsPackages = only("org.apache.iceberg", "dataset.iceberg", "ingest.iceberg");

    @ArchTest
    static final ArchRule deltaIsForItsPackages = only("io.delta", "dataset.delta", "ingest.delta");

    @ArchTest
    static final ArchRule jlineIsForTheShell = only("org.jline", "cli.shell", "cli.StopSignals");

    private static ArchRule sees(String who, String... whom) {
        return noClasses()
                .that(are(who))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.bowyer..").and(not(are(and(whom, who)))))
                .as(who + " sees " + (whom.length == 0 ? "nobody" : "only " + String.join(", ", whom)))
                .allowEmptyShould(true);
    }

    private static ArchRule only(String library, String... packages) {
        return noClasses()
                .that(not(are(packages)))
                .should()
                .dependOnClassesThat(resideInAPackage(library + ".."))
                .as("only " + String.join(", ", packages) + " may import " + library)
                .allowEmptyShould(true);
    }

    private static DescribedPredicate<JavaClass> are(String... names) {
        List<String> wanted = Stream.of(names).map(name -> BASE + name).toList();
        return DescribedPredicate.describe(
                "are " + String.join(", ", names),
                type -> wanted.stream().anyMatch(name -> isBelow(type.getBaseComponentType(), name)));
    }

    private static boolean isBelow(JavaClass type, String name) {
        return (type.getName() + '.').startsWith(name + '.') || type.getName().startsWith(name + '$');
    }

    private static String[] and(String[] some, String... more) {
        return Stream.of(some, more).flatMap(Stream::of).toArray(String[]::new);
    }
}
