package org.elohim.tests.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.tests.lab.Family;
import org.elohim.tests.lab.FamilyDevice;
import org.elohim.tests.lab.FamilyNode;
import org.elohim.tests.lab.Lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// How long two nodes of a family take to be one again after they were cut off from each other,
/// each with a device that wrote meanwhile: `./elohim bench partition`. One JSON line per figure.
public final class PartitionFigures {
    private static final int ROUNDS = 5;
    private static final int EDITS = 100;
    private static final int EDIT_BYTES = 100;
    // Long enough for each to take the other for lost, far too short to give it up.
    private static final Duration SHORT = Duration.ofSeconds(12);
    private static final String GIVEN_UP_SOON = "3s";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final Duration ANSWER_WITHIN = Duration.ofMillis(500);
    private static final JsonMapper JSON = new JsonMapper();

    private final FamilyNode attic;
    private final FamilyNode cellar;
    private final FamilyDevice phone;
    private final FamilyDevice laptop;

    private PartitionFigures(Family family) {
        this.attic = family.nodes().getFirst();
        this.cellar = family.nodes().getLast();
        this.phone = new FamilyDevice(attic);
        this.laptop = new FamilyDevice(cellar);
    }

    public static void main(String[] arguments) throws Exception {
        Path scratch = Path.of(System.getProperty("elohim.scratch", "target")).toAbsolutePath();
        play("short_partition", Files.createTempDirectory(scratch, "short"), Map.of(), false);
        play(
                "long_partition",
                Files.createTempDirectory(scratch, "long"),
                Map.of("ELOHIM_CLUSTER_LOST_AFTER", GIVEN_UP_SOON),
                true);
        System.exit(0);
    }

    private static void play(
            String name, Path scratch, Map<String, String> environment, boolean untilGivenUp)
            throws InterruptedException {
        Family.Setup setup = Family.Setup.of(2).environment(environment);
        try (var lab = Lab.open();
                var family = new Family(lab, scratch, setup)) {
            family.start();
            var figures = new PartitionFigures(family);
            figures.play(name, untilGivenUp);
            figures.phone.close();
            figures.laptop.close();
        }
    }

    private void play(String name, boolean untilGivenUp) throws InterruptedException {
        List<Long> documents = new ArrayList<>();
        List<Long> members = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            DocumentId document = document(round);
            ContentHash before = phone.memory().edit(document, EDIT_BYTES);
            await("the laptop", () -> laptop.memory().has(document, before));
            await("one family", () -> see(2) && areLevel());
            Family.cut(attic, cellar);
            Family.cut(cellar, attic);
            List<ContentHash> written = new ArrayList<>();
            for (int i = 0; i < EDITS; i++) {
                written.add(phone.memory().edit(document, EDIT_BYTES));
                written.add(laptop.memory().edit(document, EDIT_BYTES));
            }
            if (untilGivenUp) {
                await("two families", () -> size(attic) == 1 && size(cellar) == 1);
            } else {
                TimeUnit.MILLISECONDS.sleep(SHORT.toMillis());
            }
            Family.heal(attic, cellar);
            Family.heal(cellar, attic);
            long healed = System.nanoTime();
            long level = 0;
            long one = 0;
            while (level == 0 || one == 0) {
                long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healed);
                if (passed > PATIENCE.toMillis()) {
                    throw new IllegalStateException("not one again after " + PATIENCE);
                }
                // The devices are asked first: whoever restarts answers nothing else.
                if (level == 0 && has(phone, document, written) && has(laptop, document, written)) {
                    level = passed;
                }
                if (one == 0 && see(2) && areLevel()) {
                    one = passed;
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_EVERY.toMillis());
            }
            documents.add(level);
            members.add(one);
        }
        tell(name + "_documents_level", documents);
        tell(name + "_one_family_again", members);
    }

    private static boolean has(FamilyDevice device, DocumentId document, List<ContentHash> all) {
        return device.memory().held(document, all).size() == all.size();
    }

    private boolean areLevel() {
        return phone.memory().unacknowledged() == 0
                && laptop.memory().unacknowledged() == 0
                && phone.memory().isLevel()
                && laptop.memory().isLevel();
    }

    private boolean see(int members) {
        return reachable(attic) == members && reachable(cellar) == members;
    }

    private static int size(FamilyNode node) {
        return members(node).size();
    }

    private static int reachable(FamilyNode node) {
        int reachable = 0;
        for (JsonNode each : members(node)) {
            if (each.path("status").asText().equals("up")
                    && each.path("reach").asText().equals("reachable")) {
                reachable++;
            }
        }
        return reachable;
    }

    private static JsonNode members(FamilyNode node) {
        try {
            return JSON.readTree(node.get("/cluster/members", ANSWER_WITHIN).body())
                    .path("members");
        } catch (IOException beginsAnew) {
            return JSON.createArrayNode();
        }
    }

    private static DocumentId document(int round) {
        byte[] bytes = new byte[DocumentId.SIZE_BYTES];
        bytes[0] = (byte) (round + 1);
        return DocumentId.ofRandom(bytes);
    }

    private static void await(String what, BooleanSupplier happened) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!happened.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited in vain for " + what);
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_EVERY.toMillis());
        }
    }

    private static void tell(String figure, List<Long> millis) {
        List<Long> sorted = millis.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "{\"benchmark\":\"partition\",\"figure\":\"%s\",\"rounds\":%d,\"slowest\":%d,\"value\":%d,\"unit\":\"ms\"}%n",
                figure,
                sorted.size(),
                sorted.getLast(),
                sorted.get(sorted.size() / 2));
    }
}
