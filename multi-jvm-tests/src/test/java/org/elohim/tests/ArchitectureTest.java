package org.elohim.tests;

import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.process.EngineMain;
import org.junit.jupiter.api.Test;

/// The arrows between the modules, and the habits that keep each of them readable.
class ArchitectureTest {
    private static final JavaClasses HOUSE =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("org.elohim");

    @Test
    void seesEveryModule() {
        for (String module :
                new String[] {"protocol", "libp2p", "cluster", "node", "crdt", "client"}) {
            assertTrue(
                    HOUSE.stream()
                            .anyMatch(c -> c.getPackageName().startsWith("org.elohim." + module)),
                    module + " is not on the class path of this test");
        }
    }

    @Test
    void arrowsPointOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("protocol")
                .definedBy("org.elohim.protocol..")
                .layer("libp2p")
                .definedBy("org.elohim.libp2p..")
                .layer("cluster")
                .definedBy("org.elohim.cluster..")
                .layer("node")
                .definedBy("org.elohim.node..")
                .layer("crdt")
                .definedBy("org.elohim.crdt..")
                .layer("client")
                .definedBy("org.elohim.client..")
                .whereLayer("protocol")
                .mayNotAccessAnyLayer()
                .whereLayer("libp2p")
                .mayOnlyAccessLayers("protocol")
                .whereLayer("cluster")
                .mayOnlyAccessLayers("protocol")
                .whereLayer("node")
                .mayOnlyAccessLayers("protocol", "libp2p", "cluster", "crdt")
                .whereLayer("crdt")
                .mayOnlyAccessLayers("protocol")
                .whereLayer("client")
                .mayOnlyAccessLayers("protocol", "crdt")
                .check(HOUSE);
    }

    /// A poisoned change aborts the whole JVM that the native library is loaded in.
    @Test
    void onlyCrdtAndItsClientKnowAutomerge() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "org.elohim.protocol..",
                        "org.elohim.libp2p..",
                        "org.elohim.cluster..",
                        "org.elohim.node..",
                        "org.elohim.client..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.automerge..")
                .check(HOUSE);
    }

    /// It drives the process that has the library, and takes no step to load it itself.
    @Test
    void theDaemonKnowsTheEngineAsAProcessOnly() {
        noClasses()
                .that()
                .resideInAPackage("org.elohim.node..")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(AutomergeEngine.class, EngineMain.class)
                .check(HOUSE);
    }

    @Test
    void packagesFormNoCycles() {
        slices().matching("org.elohim.(**)").should().beFreeOfCycles().check(HOUSE);
    }

    @Test
    void packagesAreNamedAfterFeatures() {
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..utils..", "..common..", "..impl..", "..helper..")
                .check(HOUSE);
    }

    @Test
    void nothingStaticCanBeReassigned() {
        fields().that()
                .areStatic()
                .and()
                .areDeclaredInClassesThat()
                .resideOutsideOfPackages("..wire..")
                .should()
                .haveModifier(FINAL)
                .check(HOUSE);
    }

    @Test
    void javaSerializationIsNowhere() {
        noClasses()
                .that()
                .resideOutsideOfPackages("..wire..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectInputStream")
                .check(HOUSE);
    }
}
