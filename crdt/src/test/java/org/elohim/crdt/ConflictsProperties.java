package org.elohim.crdt;

import static org.elohim.crdt.AutomergeEngineTest.committed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.automerge.AllValues;
import org.automerge.AmValue;
import org.automerge.Document;
import org.automerge.ObjectId;
import org.elohim.crdt.Conflicts.Claim;
import org.elohim.crdt.Conflicts.Conflict;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// The conflicts that are read out of the changes are those that the engine has.
class ConflictsProperties {
    private static final int ENGINES = 3;
    private static final int STEPS = 40;
    private static final List<String> KEYS = List.of("a", "b", "c");

    // Where most of them will edit.
    private static final Value BEGINNING =
            new Value.Items(
                    List.of(
                            new Value.Int(1),
                            new Value.Items(List.of(new Value.Int(2))),
                            new Value.Fields(Map.of("a", new Value.Int(3)))));

    @Property(tries = 150)
    void eachPlaceThatHoldsMoreThanOneValueIsListedWithAllOfThem(@ForAll long seed) {
        var random = new Random(seed);
        var engines = new ArrayList<AutomergeEngine>();
        for (int i = 0; i < ENGINES; i++) {
            engines.add(AutomergeEngineTest.open(i));
        }
        engines.getFirst().edit(edit -> edit.set(Path.of("a"), BEGINNING));
        engines.forEach(each -> each.apply(engines.getFirst().save()));
        for (int i = 0; i < STEPS; i++) {
            AutomergeEngine engine = engines.get(random.nextInt(ENGINES));
            if (random.nextInt(6) == 0) {
                engine.apply(engines.get(random.nextInt(ENGINES)).save());
            } else {
                engine.edit(List.of(step(engine, random)));
            }
        }
        AutomergeEngine all = engines.getFirst();
        engines.forEach(each -> all.apply(each.save()));

        Map<Path, Map<Value, Integer>> found = new HashMap<>();
        for (Conflict conflict : all.conflicts().listed()) {
            assertEquals(all.read(conflict.path()), Optional.of(conflict.shown().value()));
            var values = new ArrayList<>(List.of(conflict.shown().value()));
            conflict.hidden().stream().map(Claim::value).forEach(values::add);
            found.put(conflict.path(), counted(conflict.shown().value(), values));
        }
        assertEquals(there(all), found);
        engines.forEach(AutomergeEngine::close);
    }

    @Property
    void noBytesThrow(@ForAll @IntRange(max = 300) int at, @ForAll byte value) {
        ChangeChunk change;
        try (var engine = AutomergeEngineTest.open(1)) {
            Bytes written =
                    committed(
                            engine,
                            edit ->
                                    edit.set(Path.of("all"), AutomergeEngineTest.EVERY_KIND)
                                            .set(Path.of("all"), new Value.Int(1))
                                            .delete(Path.of("all")));
            change = RewrittenChange.parsed(written);
        }
        byte[] body = RewrittenChange.body(change).toArray();
        // Behind the header, which everybody reads who takes in a change.
        int header = 7;
        body[header + at % (body.length - header)] = value;
        ChangeChunk damaged = RewrittenChange.withBody(change, Bytes.copyOf(body));

        OperationReader.each(damaged, operation -> assertTrue(operation.id().counter() > 0));
    }

    private static Edit.Step step(AutomergeEngine engine, Random random) {
        Path path = Path.ROOT;
        Value at = engine.read(Path.ROOT).orElseThrow();
        while (true) {
            switch (at) {
                case Value.Fields(var entries) -> {
                    String key = KEYS.get(random.nextInt(KEYS.size()));
                    path = path.key(key);
                    at = entries.getOrDefault(key, new Value.Null());
                }
                case Value.Items(var items) -> {
                    int index = random.nextInt(items.size() + 1);
                    path = path.index(index);
                    if (index == items.size() || random.nextInt(4) == 0) {
                        return new Edit.Step.Insert(path, value(random));
                    }
                    at = items.get(index);
                }
                case Value.Text _ when random.nextInt(3) > 0 -> {
                    return new Edit.Step.Splice(path, 0, 0, "x");
                }
                case Value.Counter _ when random.nextInt(3) > 0 -> {
                    return new Edit.Step.Increment(path, random.nextInt(5));
                }
                default -> {
                    return random.nextInt(5) == 0
                            ? new Edit.Step.Delete(path)
                            : new Edit.Step.Put(path, value(random));
                }
            }
            if (random.nextInt(6) == 0) {
                return random.nextInt(5) == 0
                        ? new Edit.Step.Delete(path)
                        : new Edit.Step.Put(path, value(random));
            }
        }
    }

    private static Value value(Random random) {
        return switch (random.nextInt(8)) {
            case 0 ->
                    new Value.Fields(
                            Map.of("a", new Value.Int(1), "b", new Value.Items(List.of())));
            case 1 -> new Value.Items(List.of(new Value.Int(random.nextInt(3)), new Value.Int(2)));
            case 2 -> new Value.Text("text", List.of());
            case 3 -> new Value.Counter(random.nextInt(3));
            case 4 -> new Value.Uint(random.nextInt(3));
            case 5 -> new Value.Real(random.nextInt(3) / 2.0);
            case 6 -> new Value.Str("s" + random.nextInt(3));
            default -> new Value.Bool(random.nextBoolean());
        };
    }

    /// As the engine itself tells, asked for each place.
    private static Map<Path, Map<Value, Integer>> there(AutomergeEngine engine) {
        Map<Path, Map<Value, Integer>> there = new HashMap<>();
        Document document = Document.load(engine.save().toArray());
        walk(document, ObjectId.ROOT, Path.ROOT, there);
        document.free();
        return there;
    }

    private static void walk(
            Document document, ObjectId object, Path path, Map<Path, Map<Value, Integer>> there) {
        boolean list = document.listItems(object).isPresent();
        if (list) {
            for (int i = 0; i < document.length(object); i++) {
                look(
                        document,
                        document.get(object, i).orElseThrow(),
                        AllValues.at(document, object, i),
                        path.index(i),
                        there);
            }
        } else {
            for (String key : document.keys(object).orElseThrow()) {
                look(
                        document,
                        document.get(object, key).orElseThrow(),
                        AllValues.at(document, object, key),
                        path.key(key),
                        there);
            }
        }
    }

    private static void look(
            Document document,
            AmValue shown,
            List<AmValue> all,
            Path path,
            Map<Path, Map<Value, Integer>> there) {
        Map<Value, Integer> values =
                counted(
                        TreeReader.listed(document, shown).value(),
                        all.stream()
                                .map(each -> TreeReader.listed(document, each).value())
                                .toList());
        if (values.values().stream().mapToInt(Integer::intValue).sum() > 1) {
            there.put(path, values);
        }
        switch (shown) {
            case AmValue.Map map -> walk(document, map.getId(), path, there);
            case AmValue.List list -> walk(document, list.getId(), path, there);
            default -> {}
        }
    }

    /// How often each is there; what is the same as the shown one hides nothing, unless it counts.
    private static Map<Value, Integer> counted(Value shown, List<Value> values) {
        Map<Value, Integer> counted = new HashMap<>();
        values.forEach(each -> counted.merge(each, 1, Integer::sum));
        if (!(shown instanceof Value.Counter)) {
            counted.put(shown, 1);
        }
        return counted;
    }
}
