package org.elohim.tests.faults;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.tests.MemoryDevice.Writing;
import org.elohim.tests.lab.Family;
import org.elohim.tests.lab.FamilyDevice;
import org.elohim.tests.lab.FamilyNode;
import org.elohim.tests.lab.Lab;
import org.elohim.tests.lab.Weather;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/// One schedule, played with real processes: faults, heal, quiesce, liveness, and a last look at
/// every node through a device that is new there.
///
/// Invariants: what is reported follows from what devices were told and found, never from what was
/// done to the nodes.
final class FaultRun implements AutoCloseable {
    private static final Duration QUIESCE = Duration.ofSeconds(3);

    private static final int EDIT_BYTES_MAX = 2_000;
    private static final int EDIT_BYTES_LARGE = 60_000;

    private final Schedule schedule;
    private final Duration bound;
    private final SplittableRandom random;
    private final Lab lab = Lab.open();
    private final Family family;
    private final List<FamilyDevice> devices = new ArrayList<>();
    private final List<DocumentId> documents = new ArrayList<>();
    private final Queue<History.Write> writes = new ConcurrentLinkedQueue<>();
    private final Wires wires;
    private final Set<Integer> limited = new HashSet<>();
    private final Set<Integer> held = new HashSet<>();
    private final Set<Integer> off = new HashSet<>();
    private final Set<Integer> gone = new HashSet<>();
    private final List<String> ended = new ArrayList<>();
    private final List<Thread> writers = new ArrayList<>();
    private volatile boolean writing = true;

    /// @param bound how long after the heal all may take to be everywhere
    FaultRun(Schedule schedule, Path scratch, Duration bound) {
        this.schedule = schedule;
        this.bound = bound;
        this.random = new SplittableRandom(schedule.seed());
        Weather between =
                Weather.CLEAR.latency(Duration.ofMillis(schedule.latencyMillis()), Duration.ZERO);
        Family.Setup setup =
                Family.Setup.of(schedule.nodes())
                        .options("-Xmx128m")
                        .weather(between)
                        .environment(
                                Map.of(
                                        "ELOHIM_CLUSTER_LOST_AFTER",
                                        schedule.lostAfterMillis() + "ms"));
        this.family = new Family(lab, scratch, setup);
        this.wires = new Wires(family.nodes());
        family.nodes().forEach(node -> node.clock(Duration.ZERO));
        for (int i = 0; i < schedule.documents(); i++) {
            byte[] id = new byte[DocumentId.SIZE_BYTES];
            random.nextBytes(id);
            documents.add(DocumentId.ofRandom(id));
        }
    }

    /// The verdict, and how long it took after the heal.
    record Judgement(History history, long levelMillis) {}

    Judgement play() throws InterruptedException {
        List<FamilyNode> nodes = family.nodes();
        int first = schedule.nodes() - schedule.late();
        for (int node = first; node < schedule.nodes(); node++) {
            off.add(node);
        }
        nodes.subList(0, first).forEach(FamilyNode::start);
        nodes.subList(0, first).forEach(FamilyNode::awaitReady);
        for (int i = 0; i < schedule.devices(); i++) {
            // Java without its good compiler takes milliseconds to check a signature.
            var device =
                    new FamilyDevice(
                            nodes.get(i % first), i % 3 == 0 ? Writing.SEALED : Writing.PLAIN);
            devices.add(device);
            String name = "device" + i;
            SplittableRandom own = random.split();
            writers.add(Thread.ofVirtual().start(() -> write(name, device, own)));
        }
        playSteps();
        heal();
        // What was written meanwhile counts as well.
        endWriters();
        long healed = System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(QUIESCE.toNanos());
        for (int i = 0; i < devices.size(); i++) {
            for (DocumentId document : documents) {
                edit("device" + i, devices.get(i), document, 100);
            }
        }
        Map<String, FamilyDevice> readers = new HashMap<>();
        members().forEach(node -> readers.put(node.name(), new FamilyDevice(node)));
        boolean level = await(bound, () -> isLevel(readers));
        long levelMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healed);
        noteEnded();
        if (!level) {
            // A node that hangs tells no other way what its threads wait for.
            members().stream().filter(FamilyNode::isRunning).forEach(FamilyNode::tellThreads);
        }
        History history = history(readers, level);
        readers.values().forEach(FamilyDevice::close);
        return new Judgement(history, levelMillis);
    }

    private void endWriters() {
        writing = false;
        for (Thread each : writers) {
            try {
                each.join();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void playSteps() throws InterruptedException {
        long began = System.nanoTime();
        for (Schedule.Step step : schedule.steps()) {
            long due = began + TimeUnit.MILLISECONDS.toNanos(step.atMillis());
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            take(step.action());
        }
        long due = began + TimeUnit.MILLISECONDS.toNanos(schedule.faultMillis());
        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
    }

    private void take(Action action) {
        noteEnded();
        switch (action) {
            case Action.Kill(int node) -> {
                off.add(node);
                node(node).kill();
            }
            case Action.Stop(int node) -> {
                off.add(node);
                int status = node(node).stop();
                // 143: told to stop before it could listen to that.
                if (status != 0 && status != 143) {
                    ended.add(node(node).name() + " stopped with " + status);
                }
            }
            case Action.Start(int node) -> {
                node(node).start();
                off.remove(node);
            }
            case Action.Pause(int node) -> {
                held.add(node);
                node(node).pause();
            }
            case Action.Resume(int node) -> {
                held.remove(node);
                node(node).resume();
            }
            case Action.Wipe(int node) -> {
                node(node).wipe();
                gone.remove(node);
            }
            case Action.Retire(int node) -> isGone(node);
            case Action.Leave(int node) -> {
                isGone(node);
                tell(node(node), "/cluster/leave", "");
            }
            case Action.SetClock(int node, long seconds) ->
                    node(node).clock(Duration.ofSeconds(seconds));
            case Action.StopClock(int node) -> node(node).stopClock();
            case Action.Remove(int node) -> remove(node);
            case Action.Cut(int from, int to) -> wires.cut(from, to);
            case Action.Heal(int from, int to) -> wires.heal(from, to);
            case Action.CutLeader() -> wires.cutLeader(awake());
            case Action.HealLeader() -> wires.healLeader();
            case Action.Limit(int node, int kilobitPerSecond) -> {
                limited.add(node);
                node(node).machine().limit(kilobitPerSecond);
            }
            case Action.Unlimit(int node) -> {
                limited.remove(node);
                node(node).machine().unlimited();
            }
            case Action.Move(int device, int node) ->
                    devices.get(device).moveTo(node(gone.contains(node) ? 0 : node));
            case Action.Reset(int device) -> devices.get(device).reset();
            case Action.Line line -> line(devices.get(line.device()), line);
        }
    }

    private void isGone(int node) {
        gone.add(node);
        devices.stream()
                .filter(device -> device.home() == node(node))
                .forEach(device -> device.moveTo(node(0)));
    }

    private List<FamilyNode> awake() {
        return IntStream.range(0, schedule.nodes())
                .filter(node -> !off.contains(node) && !held.contains(node))
                .filter(node -> !gone.contains(node))
                .mapToObj(this::node)
                .filter(FamilyNode::isRunning)
                .toList();
    }

    // Where nobody can be told, the family takes it for lost.
    private void remove(int gone) {
        Optional<FamilyNode> told = awake().stream().findFirst();
        Optional<String> id = node(gone).idOnceStarted();
        if (told.isPresent() && id.isPresent()) {
            String order = "{\"node\":\"%s\"}".formatted(id.get());
            tell(told.get(), "/cluster/remove", order);
        }
    }

    private static void tell(FamilyNode node, String path, String order) {
        try {
            node.send("POST", path, order);
        } catch (IOException busy) {
            // So is whoever cannot answer now.
        }
    }

    private void line(FamilyDevice device, Action.Line line) {
        Weather weather =
                Weather.CLEAR
                        .latency(
                                Duration.ofMillis(line.latencyMillis()),
                                Duration.ofMillis(line.jitterMillis()))
                        .loss(line.lossPercent());
        for (FamilyNode each : family.nodes()) {
            device.line(each).weather(weather.flowing(line.there()), weather.flowing(line.back()));
        }
    }

    private FamilyNode node(int number) {
        return family.nodes().get(number);
    }

    private List<FamilyNode> members() {
        return family.nodes().stream()
                .filter(node -> !gone.contains(family.nodes().indexOf(node)))
                .toList();
    }

    private void heal() {
        wires.healAll();
        Set.copyOf(limited).forEach(node -> take(new Action.Unlimit(node)));
        Set.copyOf(held).forEach(node -> take(new Action.Resume(node)));
        for (int device = 0; device < devices.size(); device++) {
            take(new Action.Line(device, 0, 0, 0, true, true));
        }
        List<Integer> down = off.stream().filter(node -> !gone.contains(node)).toList();
        down.forEach(node -> take(new Action.Start(node)));
        members().forEach(FamilyNode::awaitReady);
    }

    // A node that was told to start and is not there has ended by itself.
    private void noteEnded() {
        for (int node = 0; node < schedule.nodes(); node++) {
            if (!off.contains(node) && !node(node).isRunning()) {
                off.add(node);
                ended.add(node(node).name() + " ended: " + node(node).words());
            }
        }
    }

    private void write(String name, FamilyDevice device, SplittableRandom own) {
        long gapNanos =
                TimeUnit.SECONDS.toNanos(1) * schedule.devices() / schedule.changesPerSecond();
        try {
            while (writing) {
                TimeUnit.NANOSECONDS.sleep(own.nextLong(1, 2 * gapNanos));
                DocumentId document = documents.get(own.nextInt(documents.size()));
                boolean large = own.nextInt(100) == 0;
                edit(
                        name,
                        device,
                        document,
                        large ? EDIT_BYTES_LARGE : own.nextInt(EDIT_BYTES_MAX));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void edit(String name, FamilyDevice device, DocumentId document, int sizeBytes) {
        ContentHash change = device.memory().edit(document, sizeBytes);
        writes.add(new History.Write(name, document, change));
    }

    private static boolean await(Duration atMost, BooleanSupplier happened)
            throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!happened.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return true;
    }

    private boolean isLevel(Map<String, FamilyDevice> readers) {
        return devices.stream().allMatch(device -> device.memory().unacknowledged() == 0)
                && readers.values().stream().allMatch(this::hasAll);
    }

    private boolean hasAll(FamilyDevice reader) {
        return documents.stream()
                .allMatch(
                        document -> {
                            List<ContentHash> all = changesOf(document);
                            return reader.memory().held(document, all).size() == all.size();
                        });
    }

    private List<ContentHash> changesOf(DocumentId document) {
        return writes.stream()
                .filter(write -> write.document().equals(document))
                .map(History.Write::change)
                .toList();
    }

    private History history(Map<String, FamilyDevice> readers, boolean level) {
        List<History.Promise> promises = new ArrayList<>();
        List<History.Refusal> refusals = new ArrayList<>();
        for (int i = 0; i < devices.size(); i++) {
            var memory = devices.get(i).memory();
            memory.acknowledgements()
                    .forEach(
                            each ->
                                    promises.add(
                                            new History.Promise(
                                                    each.node().toString(),
                                                    each.tier(),
                                                    each.change())));
            String name = "device" + i;
            memory.refusals()
                    .forEach(each -> refusals.add(new History.Refusal(name, each.explanation())));
        }
        Map<String, History.Reading> readings = new HashMap<>();
        readers.forEach(
                (name, reader) -> {
                    // Who was never level there has not seen what the node has.
                    if (level || reader.memory().isLevel()) {
                        readings.put(name, reading(reader));
                    }
                });
        Set<String> names = new HashSet<>();
        members().forEach(node -> names.add(node.name()));
        return new History(names, List.copyOf(writes), promises, refusals, readings, ended);
    }

    private History.Reading reading(FamilyDevice reader) {
        Map<DocumentId, History.Content> contents = new HashMap<>();
        for (DocumentId document : documents) {
            contents.put(
                    document,
                    new History.Content(
                            reader.memory().held(document, changesOf(document)),
                            Set.copyOf(reader.memory().heads(document))));
        }
        return new History.Reading(contents);
    }

    String words() {
        var words = new StringBuilder(schedule.words());
        family.nodes()
                .forEach(
                        node ->
                                words.append(node.name())
                                        .append(" said: ")
                                        .append(node.words())
                                        .append('\n'));
        return words.toString();
    }

    @Override
    public void close() {
        endWriters();
        devices.forEach(FamilyDevice::close);
        family.close();
        lab.close();
    }
}
