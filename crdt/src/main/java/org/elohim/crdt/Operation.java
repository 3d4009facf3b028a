package org.elohim.crdt;

import org.elohim.protocol.Bytes;

import java.util.Comparator;
import java.util.List;

/// What a change does at one place, as Automerge sees it.
///
/// @param over the operations that it takes the place of, or counts on from
record Operation(Id id, Place place, Deed deed, List<Id> over) {
    Operation {
        over = List.copyOf(over);
    }

    /// Of an operation, and of the object or the item of a list that it has made. Of two that do
    /// not know each other the greater wins.
    record Id(long counter, Bytes actor) implements Comparable<Id> {
        static final Id ROOT = new Id(0, Bytes.EMPTY);

        private static final Comparator<Id> ORDER =
                Comparator.comparingLong(Id::counter).thenComparing(Id::actor);

        @Override
        public int compareTo(Id other) {
            return ORDER.compare(this, other);
        }

        /// As the library writes it.
        @Override
        public String toString() {
            return counter + "@" + actor.toHex();
        }
    }

    sealed interface Place {
        Id object();

        record Key(Id object, String name) implements Place {}

        /// Wherever in its list it is by now.
        record Item(Id object, Id item) implements Place {}
    }

    sealed interface Deed {
        /// A new item of a list or a character of a text, of whatever value.
        record Insert(boolean object) implements Deed {}

        /// A map, a list or a text.
        record Make() implements Deed {}

        record Put(Value value) implements Deed {}

        record Delete() implements Deed {}

        record Increment(long by) implements Deed {}

        /// A mark, or what this version does not know.
        record Other() implements Deed {}
    }
}
