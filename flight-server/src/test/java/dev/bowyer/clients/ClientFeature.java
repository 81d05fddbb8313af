package dev.bowyer.clients;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/// Makes a test a line of `docs/reference/clients.md`: that it passes means that the client can do this.
@ExtendWith(FeatureLines.class)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface ClientFeature {
    /// Name and version.
    String client();

    /// As the other clients' tests call it.
    String feature();

    /// False: the test asserts a limit of the client, so that the feature does not work there.
    boolean works() default true;

    /// For people who read the report: what the limit is.
    String note() default "";
}
