package dev.bowyer.client;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.List;
import java.util.stream.Stream;

/** Which way the arrows point: error, then frame, then wire, lazy and sink, then the client; and who sees gRPC. */
@AnalyzeClasses(packages = "dev.bowyer.client", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String BASE = "dev.bowyer.client.";
    private static final List<String> TRANSPORT =
            List.of("io.grpc.", "io.netty.", "com.google.", "org.apache.arrow.flight.");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("dev.bowyer.client.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule errorSeesNobody = sees("error");

    @ArchTest
    static final ArchRule valuesSeeErrors = sees("frame.value", "error");

    @ArchTest
    static final ArchRule framesSeeValues = sees("frame", "error");

    @ArchTest
    static final ArchRule sinksSeeFrames = sees("sink", "frame", "error");

    @ArchTest
    static final ArchRule lazyFramesSeeFrames = sees("lazy", "frame", "error");

    @ArchTest
    static final ArchRule wireSeesFrames = sees("wire", "frame", "error");

    @ArchTest
    static final ArchRule onlyWireSeesGrpc = noClasses()
            .that(not(resideInAPackage(BASE + "wire")))
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.grpc..", "io.netty..", "com.google.common.."));

    /** Users of the library are not to need the libraries that it uses. */
    @ArchTest
    static final ArchRule theInterfaceShowsNoTransport = ArchRuleDefinition.methods()
            .that()
            .areDeclaredInClassesThat(not(resideInAPackage(BASE + "wire")))
            .and()
            .haveModifier(JavaModifier.PUBLIC)
            .and()
            .areDeclaredInClassesThat()
            .arePublic()
            .should(new ArchCondition<>("show no type of gRPC, Netty, Guava, protobuf or flight-core") {
                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                    Stream.concat(method.getRawParameterTypes().stream(), Stream.of(method.getRawReturnType()))
                            .map(JavaClass::getName)
                            .filter(type -> TRANSPORT.stream().anyMatch(type::startsWith))
                            .forEach(type -> events.add(
                                    SimpleConditionEvent.violated(method, method.getFullName() + " shows " + type)));
                }
            });

    private static ArchRule sees(String name, String... seen) {
        String[] allowed = Stream.concat(Stream.of(name), Stream.of(seen))
                .map(it -> BASE + it + "..")
                .toArray(String[]::new);
        return noClasses()
                .that(resideInAPackage(BASE + name + ".."))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.bowyer.client..").and(not(resideInAnyPackage(allowed))));
    }
}
