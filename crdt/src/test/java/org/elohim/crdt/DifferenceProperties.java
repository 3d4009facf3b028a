package org.elohim.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a document is told to show it shows, and what it shows already stays as it is.
class DifferenceProperties {
    private static final int TRIES = 300;
    private static final Value.Fields NOTHING = new Value.Fields(Map.of());

    @Property(tries = TRIES)
    void aDocumentShowsWhatItIsToldTo(
            @ForAll("documents") Value.Fields before, @ForAll("plain") Value.Fields wanted) {
        try (AutomergeEngine engine = written(before, "01")) {
            tell(engine, wanted);

            assertEquals(wanted, Plain.of(shown(engine)));
            assertEquals(List.of(), Difference.between(shown(engine), wanted).steps());
        }
    }

    @Property(tries = TRIES)
    void whatIsToldAsItIsShownIsNotTouched(@ForAll("documents") Value.Fields before) {
        try (AutomergeEngine engine = written(before, "01")) {
            assertEquals(before, shown(engine));
            assertEquals(List.of(), Difference.between(before, plain(before)).steps());
        }
    }

    @Property(tries = TRIES)
    void whatTwoAreToldAtDifferentPlacesMerges(
            @ForAll("documents") Value.Fields before,
            @ForAll("plainValue") Value mine,
            @ForAll("plainValue") Value yours) {
        try (AutomergeEngine one = written(before, "01");
                AutomergeEngine two = AutomergeEngine.open(Bytes.parseHex("02"))) {
            two.apply(one.save());
            tell(one, with(plain(before), "mine", mine));
            tell(two, with(plain(before), "yours", yours));

            one.apply(two.save());
            two.apply(one.save());

            Value.Fields both = with(with(plain(before), "mine", mine), "yours", yours);
            assertEquals(both, Plain.of(shown(one)));
            assertEquals(both, Plain.of(shown(two)));
        }
    }

    @Property
    void whereSequencesDifferIsFoundWhateverTheyHold(
            @ForAll @Size(max = 40) List<@IntRange(max = 3) Integer> one,
            @ForAll @Size(max = 40) List<@IntRange(max = 3) Integer> other) {
        var rebuilt = new ArrayList<>(one);
        List<Hunk> hunks = Hunk.between(ints(one), ints(other));
        for (Hunk hunk : hunks.reversed()) {
            List<Integer> place = rebuilt.subList(hunk.from(), hunk.to());
            place.clear();
            place.addAll(other.subList(hunk.otherFrom(), hunk.otherTo()));
        }
        assertEquals(other, rebuilt);
        int cost =
                hunks.stream().mapToInt(h -> h.to() - h.from() + h.otherTo() - h.otherFrom()).sum();
        assertEquals(one.size() + other.size() - 2 * common(one, other), cost);
    }

    @Example
    void whatWouldNameItsPathTooOftenIsWrittenAsAWhole() {
        String name = "n".repeat(Difference.PATHS_BYTES_MAX / 100);
        Value.Fields before = numbers(name, 600, 0);
        Value.Fields after = numbers(name, 600, 1);

        List<Edit.Step> steps = Difference.between(before, after).steps();

        assertEquals(1, steps.size());
        assertEquals(Path.of(name), assertInstanceOf(Edit.Step.Put.class, steps.getFirst()).path());
        assertEquals(
                60, Difference.between(numbers("n", 60, 0), numbers("n", 60, 1)).steps().size());
    }

    private static Value.Fields numbers(String name, int count, int from) {
        Map<String, Value> numbers = new HashMap<>();
        for (int i = 0; i < count; i++) {
            numbers.put("k" + i, new Value.Int(from + i));
        }
        return new Value.Fields(Map.of(name, new Value.Fields(numbers)));
    }

    /// Whoever is equal has one name, and nobody else has it: also where hashes are equal.
    @Property(tries = TRIES)
    void aNameIsOfEqualValuesAndNoOthers(
            @ForAll("plainValue") Value one, @ForAll("plainValue") Value other) {
        assertEquals(one.equals(other), Plain.name(one).equals(Plain.name(other)));
        assertEquals(Plain.name(one), Plain.name(again(one)));
    }

    /// The same, put together in another order.
    private static Value again(Value plain) {
        return switch (plain) {
            case Value.Fields(var entries) -> {
                Map<String, Value> other = new LinkedHashMap<>();
                entries.keySet().stream()
                        .sorted(Comparator.reverseOrder())
                        .forEach(key -> other.put(key, again(entries.getOrDefault(key, plain))));
                yield new Value.Fields(other);
            }
            case Value.Items(var items) ->
                    new Value.Items(items.stream().map(DifferenceProperties::again).toList());
            default -> plain;
        };
    }

    @Example
    void onlyWhatDiffersOfATextIsTyped() {
        String old = "The milk 🥛 is sour, and the bread is hard.";
        String fresh = "The milk 🥛 is fine, and the old bread is hard.";
        int typed = 0;
        int deleted = 0;
        for (Edit.Step step : Difference.between(note(old), note(fresh)).steps()) {
            var splice = assertInstanceOf(Edit.Step.Splice.class, step);
            typed += splice.text().length();
            deleted += (int) splice.deleteCount();
        }
        assertEquals("fine".length() + "old ".length(), typed);
        assertEquals("sour".length(), deleted);
    }

    @Example
    void anItemOfAListIsChangedWhereItStands() {
        Value.Fields before = list(item("Milk", false), item("Bread", false), item("Eggs", false));
        Value.Fields after = list(item("Milk", false), item("Bread", true), item("Eggs", false));

        assertEquals(
                List.of(
                        new Edit.Step.Put(
                                Path.of("list").index(1).key("done"), new Value.Bool(true))),
                Difference.between(before, after).steps());
        assertEquals(
                List.of(new Edit.Step.Delete(Path.of("list").index(0))),
                Difference.between(before, list(item("Bread", false), item("Eggs", false)))
                        .steps());
        assertEquals(
                List.of(new Edit.Step.Insert(Path.of("list").index(3), item("Salt", false))),
                Difference.between(
                                before,
                                list(
                                        item("Milk", false),
                                        item("Bread", false),
                                        item("Eggs", false),
                                        item("Salt", false)))
                        .steps());
    }

    @Example
    void aCounterIsCountedOn() {
        assertEquals(
                List.of(new Edit.Step.Increment(Path.of("note"), -3)),
                Difference.between(
                                new Value.Fields(Map.of("note", new Value.Counter(10))),
                                new Value.Fields(Map.of("note", new Value.Int(7))))
                        .steps());
    }

    @Example
    void aKindIsKeptWhereItCanSayTheSame() {
        var hash = ContentHash.of(Bytes.parseHex("00"));
        Value.Fields blob = new Value.Fields(Map.of("@blob", text(hash.toString())));
        Map<Value, Value> kinds =
                Map.of(
                        new Value.Str("a"), text("b"),
                        new Value.Timestamp(Instant.EPOCH), text("2026-01-01T00:00:00Z"),
                        new Value.Binary(Bytes.parseHex("00")), text("AQ=="),
                        new Value.Null(), blob);
        List<Value> expected =
                List.of(
                        new Value.Str("b"),
                        new Value.Timestamp(Instant.parse("2026-01-01T00:00:00Z")),
                        new Value.Binary(Bytes.parseHex("01")),
                        new Value.Blob(hash));
        kinds.forEach(
                (now, wanted) -> {
                    var steps =
                            Difference.between(
                                            new Value.Fields(Map.of("note", now)),
                                            new Value.Fields(Map.of("note", wanted)))
                                    .steps();
                    var put = assertInstanceOf(Edit.Step.Put.class, steps.getFirst());
                    assertEquals(true, expected.contains(put.value()), put.toString());
                });
    }

    @Example
    void aNumberThatNoDocumentCanHoldIsRefusedInWords() {
        var wanted = new Value.Fields(Map.of("n", new Value.Int((1L << 53) + 1)));
        String words =
                String.valueOf(
                        assertThrows(
                                        IllegalArgumentException.class,
                                        () -> Difference.between(NOTHING, wanted))
                                .getMessage());
        assertEquals(true, words.contains("9007199254740993"), words);
    }

    @Example
    void whatIsTooLongIsNotPutTogether() {
        Value.Fields note = note("a".repeat(1_000));
        try (AutomergeEngine engine = written(note, "01")) {
            assertEquals(true, engine.view(1_010).isPresent());
            assertEquals(true, engine.view(1_000).isEmpty());
        }
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    /// The longest common subsequence, the slow way.
    private static int common(List<Integer> one, List<Integer> other) {
        int[][] best = new int[one.size() + 1][other.size() + 1];
        for (int i = one.size() - 1; i >= 0; i--) {
            for (int j = other.size() - 1; j >= 0; j--) {
                best[i][j] =
                        one.get(i).equals(other.get(j))
                                ? best[i + 1][j + 1] + 1
                                : Math.max(best[i + 1][j], best[i][j + 1]);
            }
        }
        return best[0][0];
    }

    private static AutomergeEngine written(Value.Fields document, String actor) {
        AutomergeEngine engine = AutomergeEngine.open(Bytes.parseHex(actor));
        CrdtEngine.Edited edited =
                engine.edit(
                        edit ->
                                document.entries()
                                        .forEach((key, value) -> edit.set(Path.of(key), value)));
        assertEquals(false, edited instanceof CrdtEngine.Edited.Refused, edited.toString());
        return engine;
    }

    private static void tell(AutomergeEngine engine, Value.Fields wanted) {
        Edit edit = Difference.between(shown(engine), wanted);
        assertEquals(false, engine.edit(edit.steps()) instanceof CrdtEngine.Edited.Refused);
    }

    private static Value.Fields shown(AutomergeEngine engine) {
        return assertInstanceOf(Value.Fields.class, engine.view(1 << 20).orElseThrow());
    }

    private static Value.Fields plain(Value.Fields document) {
        return assertInstanceOf(Value.Fields.class, Plain.of(document));
    }

    private static Value.Fields with(Value.Fields fields, String key, Value value) {
        var more = new HashMap<>(fields.entries());
        more.put(key, value);
        return new Value.Fields(more);
    }

    private static Value text(String text) {
        return new Value.Text(text, List.of());
    }

    private static Value.Fields note(String text) {
        return new Value.Fields(Map.of("note", text(text)));
    }

    private static Value.Fields item(String name, boolean done) {
        return new Value.Fields(Map.of("name", text(name), "done", new Value.Bool(done)));
    }

    private static Value.Fields list(Value... items) {
        return new Value.Fields(Map.of("list", new Value.Items(Arrays.asList(items))));
    }

    @Provide
    Arbitrary<Value.Fields> documents() {
        Arbitrary<Value> more =
                Arbitraries.oneOf(
                        plainScalar().map(Plain::stored),
                        Arbitraries.integers().between(-9, 9).map(Value.Counter::new),
                        word().map(Value.Str::new),
                        // Wider ones do not come back from the library as they were.
                        Arbitraries.integers()
                                .greaterOrEqual(0)
                                .map(number -> new Value.Uint(number)),
                        Arbitraries.doubles().map(Value.Real::new),
                        Arbitraries.of(Double.NaN, Double.NEGATIVE_INFINITY, 1e300, -0.0)
                                .map(Value.Real::new),
                        Arbitraries.longs()
                                .between(0, 1L << 40)
                                .map(Instant::ofEpochMilli)
                                .map(Value.Timestamp::new),
                        Arbitraries.integers()
                                .between(0, 255)
                                .map(
                                        b ->
                                                new Value.Binary(
                                                        Bytes.copyOf(new byte[] {b.byteValue()}))),
                        Arbitraries.integers()
                                .map(_ -> new Value.Blob(ContentHash.of(Bytes.parseHex("00")))));
        return fields(nested(more, 3));
    }

    @Provide
    Arbitrary<Value.Fields> plain() {
        return fields(plainValue());
    }

    @Provide
    Arbitrary<Value> plainValue() {
        return nested(plainScalar(), 3);
    }

    private static Arbitrary<Value.Fields> fields(Arbitrary<Value> values) {
        return Arbitraries.maps(key(), values).ofMaxSize(4).map(Value.Fields::new);
    }

    private static Arbitrary<Value> nested(Arbitrary<Value> scalar, int depth) {
        if (depth == 0) {
            return scalar;
        }
        Arbitrary<Value> inner = nested(scalar, depth - 1);
        return Arbitraries.frequencyOf(
                Tuple.of(4, scalar),
                Tuple.of(1, fields(inner)),
                Tuple.of(2, inner.list().ofMaxSize(5).map(Value.Items::new)));
    }

    /// What both sides have in common often, so that there is something to keep.
    private static Arbitrary<Value> plainScalar() {
        return Arbitraries.oneOf(
                word().map(DifferenceProperties::text),
                Arbitraries.integers().between(-3, 3).map(Value.Int::new),
                Arbitraries.of(1L << 40, -(1L << 52)).map(Value.Int::new),
                Arbitraries.of(0.5, -1e300).map(Value.Real::new),
                Arbitraries.of(true, false).map(Value.Bool::new),
                Arbitraries.just(new Value.Null()));
    }

    private static Arbitrary<String> word() {
        return Arbitraries.of("a", "b", "é", "🥛")
                .list()
                .ofMaxSize(12)
                .map(letters -> String.join("", letters));
    }

    private static Arbitrary<String> key() {
        return Arbitraries.of("a", "b", "c", "d", "é");
    }
}
