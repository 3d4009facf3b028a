package org.elohim.protocol.sync;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.List;

/// A peer that says whatever it likes, and a disk that answers late or never.
class HostilePeerProperties {
    private static final int STEPS_MAX = 60;

    @Property(tries = 2_000)
    @Label("R-16: no sequence of messages breaks a session, and an honest peer gets in afterwards")
    void nothingThePeerSaysBreaksTheSession(
            @ForAll("scripts") List<Step> script, @ForAll boolean sibling) {
        var peer = new HostilePeer(sibling);
        for (Step step : script) {
            peer.wait(step.millis());
            if (step.reconnect()) {
                peer.reconnect();
            }
            peer.say(step.message());
            if (step.answer()) {
                peer.answer();
            }
        }
        peer.checkThatAnHonestPeerGetsIn();
    }

    record Step(SyncMessage message, int millis, boolean reconnect, boolean answer) {}

    @Provide
    Arbitrary<List<Step>> scripts() {
        return Combinators.combine(
                        messages(),
                        Arbitraries.of(0, 1, 200, 5_000, 40_000),
                        Arbitraries.of(true, false, false, false, false),
                        Arbitraries.of(true, true, false))
                .as(Step::new)
                .list()
                .ofMaxSize(STEPS_MAX);
    }

    // Small positions too, since those of any number hardly ever follow each other.
    private static Arbitrary<SyncMessage> messages() {
        Arbitrary<Long> position = Arbitraries.longs().between(1, 6);
        Arbitrary<SyncMessage> events =
                Combinators.combine(
                                position,
                                Arbitraries.integers().between(0, 3),
                                Arbitraries.integers().between(0, 9))
                        .as(
                                (first, document, hash) ->
                                        new SyncMessage.Events(
                                                first,
                                                List.of(
                                                        new SyncMessage.Event(
                                                                Messages.document(document),
                                                                List.of(Messages.hash(hash)),
                                                                Lane.NEW,
                                                                List.of()))));
        Arbitrary<SyncMessage> acks = position.map(p -> new SyncMessage.Ack(p, Tier.DURABLE));
        Arbitrary<SyncMessage> marks =
                Combinators.combine(
                                position,
                                Arbitraries.integers().between(0, 3),
                                Arbitraries.longs().between(1, 5))
                        .as(
                                (first, number, life) -> {
                                    var document = Messages.document(number);
                                    return switch ((int) (life % 5)) {
                                        case 0 -> new SyncMessage.Withdrawn(first, document);
                                        case 2 -> new SyncMessage.Restored(first, document, life);
                                        case 4 ->
                                                new SyncMessage.Ruled(
                                                        first, document, Messages.ruling(life));
                                        default -> new SyncMessage.Deleted(first, document, life);
                                    };
                                });
        return Arbitraries.oneOf(Messages.any(), events, events, acks, marks);
    }
}
