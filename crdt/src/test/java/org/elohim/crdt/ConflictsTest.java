package org.elohim.crdt;

import static org.elohim.crdt.AutomergeEngineTest.committed;
import static org.elohim.crdt.AutomergeEngineTest.open;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.elohim.crdt.Conflicts.Author;
import org.elohim.crdt.Conflicts.Claim;
import org.elohim.crdt.Conflicts.Conflict;
import org.elohim.crdt.CrdtEngine.Applied;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// What stands behind the values that a document shows.
class ConflictsTest {
    private static final Path TITLE = Path.of("title");

    private final AutomergeEngine ana = open(1);
    private final AutomergeEngine ben = open(2);
    private final AutomergeEngine eva = open(3);

    @AfterEach
    void close() {
        List.of(ana, ben, eva).forEach(AutomergeEngine::close);
    }

    @Test
    void ofTwoValuesThatWereSetAtOnceOneIsHiddenAndBothHaveAnAuthor() {
        ChangeChunk byAna = set(ana, TITLE, "Milk");
        ChangeChunk byBen = set(ben, TITLE, "Bread");
        meet();

        assertEquals(
                new Conflicts(
                        List.of(
                                new Conflict(
                                        TITLE,
                                        claim(new Value.Str("Bread"), byBen),
                                        List.of(claim(new Value.Str("Milk"), byAna)))),
                        0),
                ana.conflicts());
        assertEquals(Optional.of(new Value.Str("Bread")), ana.read(TITLE));
    }

    @Test
    void ofThreeValuesTwoAreHidden() {
        set(ana, TITLE, "Milk");
        set(ben, TITLE, "Bread");
        set(eva, TITLE, "Eggs");
        meet();

        Conflict only = only();
        assertEquals(new Value.Str("Eggs"), only.shown().value());
        assertEquals(
                List.of(new Value.Str("Bread"), new Value.Str("Milk")),
                only.hidden().stream().map(Claim::value).toList());
    }

    @Test
    void itIsFoundInMapsAndListsHoweverTheyWereMade() {
        both(
                edit ->
                        edit.set(Path.of("map"), AutomergeEngineTest.EVERY_KIND)
                                .insert(Path.of("map", "list").index(0), items(1, 2, 3)));
        Path item = Path.of("map", "list").index(0).index(2);
        Path field = Path.of("map", "list").index(3).key("in");
        both(edit -> edit.insert(Path.of("map", "list").index(3), fields("in", new Value.Int(0))));
        set(ana, item, "item of ana");
        set(ana, field, "field of ana");
        set(ben, item, "item of ben");
        set(ben, field, "field of ben");
        ana.edit(edit -> edit.insert(Path.of("map", "list").index(0).index(0), new Value.Int(0)));
        meet();

        Path moved = Path.of("map", "list").index(0).index(3);
        assertEquals(Set.of(moved, field), paths());
        assertEquals(ana.conflicts(), ben.conflicts());
        for (Conflict each : ana.conflicts().listed()) {
            assertEquals(ana.read(each.path()), Optional.of(each.shown().value()));
        }
    }

    @Test
    void whatMergesByItselfIsNone() {
        both(
                edit ->
                        edit.set(Path.of("text"), new Value.Text("abc", List.of()))
                                .set(Path.of("count"), new Value.Counter(1))
                                .set(Path.of("list"), items(1, 2, 3)));
        for (AutomergeEngine each : List.of(ana, ben)) {
            each.edit(
                    edit ->
                            edit.splice(Path.of("text"), 1, 1, "x")
                                    .mark(
                                            Path.of("text"),
                                            new Value.Mark(0, 2, "bold", new Value.Bool(true)),
                                            Edit.Expand.BOTH)
                                    .increment(Path.of("count"), 5)
                                    .insert(Path.of("list").index(1), new Value.Int(9))
                                    .delete(Path.of("list").index(0)));
        }
        meet();

        assertEquals(Optional.of(new Value.Counter(11)), ana.read(Path.of("count")));
        assertEquals(Conflicts.NONE, ana.conflicts());
    }

    @Test
    void whoeverSetsThePlaceAgainEndsItAlsoWithTheValueThatIsShown() {
        for (String chosen : List.of("Milk", "Bread", "Milk and Bread")) {
            set(ana, TITLE, "neither");
            meet();
            set(ana, TITLE, "Milk");
            set(ben, TITLE, "Bread");
            meet();
            assertEquals(Set.of(TITLE), paths());

            set(ana, TITLE, chosen);
            meet();

            assertEquals(Conflicts.NONE, ana.conflicts());
            assertEquals(Conflicts.NONE, ben.conflicts());
            assertEquals(Optional.of(new Value.Str(chosen)), ben.read(TITLE));
        }
    }

    @Test
    void deletingThePlaceEndsItToo() {
        set(ana, TITLE, "Milk");
        set(ben, TITLE, "Bread");
        meet();

        ana.edit(edit -> edit.delete(TITLE));

        assertEquals(Conflicts.NONE, ana.conflicts());
        assertEquals(Optional.empty(), ana.read(TITLE));
    }

    @Test
    void aThirdValueOfWhoeverKnewOnlyOneOfThemStandsBesideTheOther() {
        set(ana, TITLE, "Milk");
        set(ben, TITLE, "Bread");
        eva.apply(ana.save());
        set(eva, TITLE, "Eggs");
        meet();

        assertEquals(
                List.of(new Value.Str("Bread")),
                only().hidden().stream().map(Claim::value).toList());
    }

    @Test
    void aValueThatWasSetBesideItsDeletionStandsAlone() {
        both(edit -> edit.set(TITLE, new Value.Str("Milk")).set(Path.of("list"), items(1)));
        ana.edit(edit -> edit.delete(TITLE).delete(Path.of("list").index(0)));
        set(ben, TITLE, "Bread");
        set(ben, Path.of("list").index(0), "one");
        meet();

        assertEquals(Optional.of(new Value.Str("Bread")), ana.read(TITLE));
        assertEquals(Optional.of(new Value.Str("one")), ana.read(Path.of("list").index(0)));
        assertEquals(Conflicts.NONE, ana.conflicts());
    }

    @Test
    void theSameValueTwiceHidesNothingUnlessItCounts() {
        for (AutomergeEngine each : List.of(ana, ben)) {
            each.edit(
                    edit ->
                            edit.set(TITLE, new Value.Str("Milk"))
                                    .set(Path.of("map"), fields("a", new Value.Int(1)))
                                    .set(Path.of("count"), new Value.Counter(1)));
            each.edit(edit -> edit.increment(Path.of("count"), 4));
        }
        meet();

        assertEquals(Path.of("count"), only().path());
        assertEquals(new Value.Counter(5), only().hidden().getFirst().value());
        assertEquals(ana.read(Path.of("count")), Optional.of(only().shown().value()));
    }

    @Test
    void mapsListsAndTextsAreShownWithWhatIsInThem() {
        Path place = Path.of("place");
        Value map = fields("a", new Value.Text("text", List.of()));
        ana.edit(edit -> edit.set(place, map));
        ben.edit(edit -> edit.set(place, items(1, 2)));
        eva.edit(edit -> edit.set(place, new Value.Text("abc", List.of())));
        meet();

        Conflict only = only();
        assertEquals(Optional.of(only.shown().value()), ana.read(place));
        assertEquals(
                Set.of(map, items(1, 2), new Value.Text("abc", List.of())),
                Set.of(
                        only.shown().value(),
                        only.hidden().get(0).value(),
                        only.hidden().get(1).value()));
    }

    @Test
    void whatCannotBeReachedIsNotListed() {
        both(edit -> edit.set(Path.of("map"), fields("in", new Value.Int(0))));
        set(ana, Path.of("map", "in"), "Milk");
        set(ben, Path.of("map", "in"), "Bread");
        meet();
        assertEquals(Set.of(Path.of("map", "in")), paths());

        ana.edit(edit -> edit.set(Path.of("map"), fields("in", new Value.Int(1))));

        assertEquals(Conflicts.NONE, ana.conflicts());
    }

    @Test
    void noMoreAreListedThanAPersonLooksThroughAndTheRestIsCounted() {
        int name = 0;
        for (AutomergeEngine each : List.of(ana, ben, eva)) {
            var edit = new Edit();
            name++;
            for (int i = 0; i < 60; i++) {
                edit.set(Path.of("key" + i), new Value.Int(name));
            }
            each.edit(edit.steps());
        }
        meet();

        Conflicts conflicts = ana.conflicts();
        assertEquals(
                Conflicts.HIDDEN_MAX,
                conflicts.listed().stream().mapToInt(each -> each.hidden().size()).sum());
        assertEquals(2 * 60 - Conflicts.HIDDEN_MAX, conflicts.more());
        assertEquals(Path.of("key59"), conflicts.listed().getFirst().path(), "the latest");
    }

    @Test
    void whatIsLargeIsLeftOutOfTheListing() {
        Value longText = new Value.Str("x".repeat(1 << 20));
        Path place = Path.of("place");
        ana.edit(edit -> edit.set(place, fields("long", longText)));
        ben.edit(edit -> edit.set(place, longText));
        eva.edit(edit -> edit.set(place, items(new int[1 << 15])));
        meet();

        var tooLarge = new Value.Unknown(TreeReader.TOO_LARGE);
        assertEquals(
                List.of(tooLarge, tooLarge, fields("long", tooLarge)),
                List.of(
                        only().shown().value(),
                        only().hidden().get(0).value(),
                        only().hidden().get(1).value()));
    }

    @Test
    void whenItWasIsToldWhereTheAuthorSaysIt() {
        set(ana, TITLE, "Milk");
        ChangeChunk timed = RewrittenChange.at(1_700_000_000L, set(eva, TITLE, "Eggs"));
        assertEquals(new Applied.Taken(), ben.apply(timed.bytes()));
        ana.apply(ben.save());

        Conflict only = only();
        assertEquals(Optional.of(Instant.ofEpochSecond(1_700_000_000L)), only.shown().by().time());
        assertEquals(timed.hash(), only.shown().by().change());
        assertEquals(Optional.empty(), only.hidden().getFirst().by().time());
        ChangeChunk never = RewrittenChange.at(Long.MAX_VALUE, set(eva, TITLE, "Ham"));
        assertEquals(Optional.empty(), never.time());
    }

    @Test
    void changesThatCameDeflatedAreSeenToo() {
        set(ana, TITLE, "Milk");
        Bytes deflated = RewrittenChange.deflated(set(ben, TITLE, "Bread"));
        assertEquals(new Applied.Taken(), ana.apply(deflated));

        assertEquals(new Value.Str("Bread"), only().shown().value());
        assertNotEquals(only().shown().by(), only().hidden().getFirst().by());
    }

    private Conflict only() {
        assertEquals(1, ana.conflicts().listed().size());
        return ana.conflicts().listed().getFirst();
    }

    private Set<Path> paths() {
        return ana.conflicts().listed().stream().map(Conflict::path).collect(Collectors.toSet());
    }

    private static Claim claim(Value value, ChangeChunk by) {
        return new Claim(value, new Author(by.actor(), by.hash(), Optional.empty()));
    }

    private static Value fields(String key, Value value) {
        return new Value.Fields(Map.of(key, value));
    }

    private static Value items(int... numbers) {
        return new Value.Items(Arrays.stream(numbers).<Value>mapToObj(Value.Int::new).toList());
    }

    private static ChangeChunk set(AutomergeEngine engine, Path path, String text) {
        return RewrittenChange.parsed(
                committed(engine, edit -> edit.set(path, new Value.Str(text))));
    }

    /// As what both have known before.
    private void both(Consumer<Edit> steps) {
        ana.edit(steps);
        ben.apply(ana.save());
    }

    private void meet() {
        for (AutomergeEngine to : List.of(ana, ben, eva)) {
            for (AutomergeEngine from : List.of(ana, ben, eva)) {
                to.apply(from.save());
            }
        }
    }
}
