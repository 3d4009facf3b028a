package org.elohim.tests.lab;

import org.jspecify.annotations.Nullable;
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

/// A family of real nodes for each test, every node on a machine of its own, and devices at them.
///
/// Invariants: nothing of it outlives the test; where the test fails, it is told what the nodes
/// said.
public final class FamilyExtension implements BeforeEachCallback, AfterEachCallback {
    private final Family.Setup setup;
    private final List<FamilyDevice> devices = new ArrayList<>();
    private @Nullable Parts parts;

    private record Parts(Path scratch, Lab lab, Family family) {}

    public FamilyExtension(Family.Setup setup) {
        this.setup = setup;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
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
        made.family().close();
        made.lab().close();
        try (Stream<Path> all = Files.walk(made.scratch())) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
