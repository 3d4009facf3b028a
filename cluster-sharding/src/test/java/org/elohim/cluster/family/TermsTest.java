package org.elohim.cluster.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.util.Optional;

class TermsTest {
    private final NodeId self = NodeKey.generate().id();
    private final NodeId other = NodeKey.generate().id();
    private final Terms terms = new Terms(self, Optional.of(new Term(4, other)));

    @Test
    void nobodyActsBeforeTheTermIsOnTheDisk() {
        terms.toLead(Optional.of(self));
        Term own = new Term(5, self);
        assertEquals(Optional.of(own), terms.toWrite());
        assertEquals(Optional.empty(), terms.toWrite(), "it is being written");
        assertEquals(Optional.empty(), terms.acting());
        terms.written(own);
        assertEquals(Optional.empty(), terms.toWrite());
        assertEquals(Optional.of(own), terms.acting());
        assertEquals(Optional.of(own), terms.highest());
    }

    @Test
    void whatCouldNotBeWrittenIsWrittenAgain() {
        terms.toLead(Optional.of(self));
        Optional<Term> own = terms.toWrite();
        terms.failed();
        assertEquals(own, terms.toWrite());
        assertEquals(Optional.empty(), terms.acting());
    }

    @Test
    void aHigherTermEndsTheOwnOnceItIsOnTheDiskAndIsTopped() {
        lead();
        Term heard = new Term(9, other);
        terms.hear(heard);
        assertEquals(Optional.of(heard), terms.toWrite());
        assertEquals(Optional.of(new Term(5, self)), terms.acting());
        terms.written(heard);
        assertEquals(Optional.of(new Term(10, self)), terms.toWrite());
        assertEquals(Optional.empty(), terms.acting());
        terms.written(new Term(10, self));
        terms.toWrite();
        assertEquals(Optional.of(new Term(10, self)), terms.acting());
    }

    @Test
    void aHigherTermThatComesWhileTheOwnIsWrittenIsToppedTooBeforeAnythingIsDone() {
        terms.toLead(Optional.of(self));
        assertEquals(Optional.of(new Term(5, self)), terms.toWrite());
        terms.hear(new Term(7, other));
        terms.written(new Term(5, self));
        assertEquals(Optional.of(new Term(7, other)), terms.toWrite());
        terms.written(new Term(7, other));
        assertEquals(Optional.of(new Term(8, self)), terms.toWrite());
        assertEquals(Optional.empty(), terms.acting());
    }

    @Test
    void whatIsWrittenNeverGoesDown() {
        lead();
        terms.hear(new Term(3, other));
        assertEquals(Optional.empty(), terms.toWrite());
        terms.merged();
        assertEquals(Optional.empty(), terms.acting());
        assertEquals(Optional.of(new Term(6, self)), terms.toWrite());
    }

    private void lead() {
        terms.toLead(Optional.of(self));
        terms.written(terms.toWrite().orElseThrow());
        terms.toWrite();
        assertEquals(Optional.of(new Term(5, self)), terms.acting());
    }
}
