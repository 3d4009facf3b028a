package org.elohim.crdt;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

/// Whoever refers to the library may load it, and with it what can abort a JVM.
class ArchitectureTest {
    @Test
    void onlyTheEngineInThisProcessKnowsTheLibrary() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(
                        AutomergeEngine.class,
                        ConflictReader.class,
                        TreeReader.class,
                        TreeWriter.class)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.automerge..")
                .check(
                        new ClassFileImporter()
                                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                                .importPackages("org.elohim.crdt"));
    }
}
