package org.elohim.tests.lab;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// A family of real nodes for each test, or one for all tests of a class, every node on a machine
/// of its own, and devices at them.
///
/// Invariants: nothing of it outlives the test, or the last one; where a test fails, it is told
/// what the nodes said.
public final class FamilyExtension
        implements BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private final Family.Setup setup;
    private final boolean isForAll;
    private final List<FamilyDevice> devices = new ArrayList<>();
    private @Nullable Parts parts;

    private record Parts(Path scratch, Lab lab, Family family) {}

    public FamilyExtension(Family.Setup setup) {
        this(setup, false);
    }

    private FamilyExtension(Family.Setup setup, boolean isForAll) {
        this.setup = setup;
        this.isForAll = isForAll;
    }

    /// One that a static field is for: its family lasts from the first test to the last.
    public static FamilyExtension forAll(Family.Setup setup) {
        return new FamilyExtension(setup, true);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        if (parts != null) {
            return;
        }
        Path scratch = Files.createTempDirectory("elohim-family");
        Lab lab = Lab.open();
        parts = new Parts(scratch, lab, new Family(lab, scratch, setup));
    }

    public Family family() {
        return Objects.requireNonNull(parts).family();
    }

    /// A device at home with a node; connects as soon as it can.
    public FamilyDevice device(FamilyNode home) {
        var device = new FamilyDevice(home);
        devices.add(device);
        return device;
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        Parts made = Objects.requireNonNull(parts);
        context.getExecutionException()
                .ifPresent(
                        _ ->
                                made.family()
                                        .nodes()
                                        .forEach(
                                                each ->
                                                        System.err.println(
                                                                each.name()
                                                                        + " said: "
                                                                        + each.words())));
        devices.forEach(FamilyDevice::close);
        devices.clear();
        if (!isForAll) {
            end(made);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        Parts made = parts;
        if (made != null) {
            end(made);
        }
    }

    private void end(Parts made) throws IOException {
        parts = null;
        made.family().close();
        made.lab().close();
        try (Stream<Path> all = Files.walk(made.scratch())) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
