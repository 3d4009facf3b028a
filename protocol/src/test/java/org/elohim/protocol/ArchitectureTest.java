package org.elohim.protocol;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;

/// What makes the core playable in a simulator: nothing in it knows the time, the network or
/// chance.
class ArchitectureTest {
    private static final JavaClasses CORE =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("org.elohim.protocol");

    @Test
    void knowsNoFrameworkAndNoInputOrOutput() {
        noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                "akka..",
                                "scala..",
                                "io.netty..",
                                "java.sql..",
                                "java.net..",
                                "java.nio.file..",
                                "java.nio.channels..",
                                "java.util.concurrent..",
                                "org.slf4j..",
                                "org.automerge.."))
                .check(CORE);
    }

    @Test
    void hasNoClockNoThreadAndNoChanceOfItsOwn() {
        // A new key is drawn somewhere, and one from a seed must look as if it were.
        noClasses()
                .that()
                .haveNameNotMatching("org\\.elohim\\.protocol\\.id\\.NodeKey.*")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(SecureRandom.class, Clock.class, Thread.class)
                .check(CORE);
    }
}
