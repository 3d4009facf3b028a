package org.elohim.protocol.reach;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;

import java.util.Comparator;

/// Who may have a document and whose it is, as it was decided last.
///
/// Invariants: of any two rulings on a document everybody finds the same one to count: the later,
/// and of two that were made without knowing of each other the one that shows less.
///
/// @param turn counts the rulings on the document, from 1; 0 where nobody has ruled yet
/// @param owner who brought the document first
public record Ruling(long turn, Reach reach, NodeId owner) implements Comparable<Ruling> {
    /// Nobody rules this often, however far somebody has jumped.
    public static final long TURN_MAX = 1L << 62;

    private static final NodeId NOBODY = new NodeId(Bytes.copyOf(new byte[NodeId.KEY_BYTES]));

    /// As long as nobody has ruled.
    public static final Ruling NONE = new Ruling(0, Reach.DEFAULT, NOBODY);

    private static final Comparator<Ruling> ORDER =
            Comparator.comparingLong(Ruling::turn)
                    .thenComparing(Ruling::reach, Comparator.reverseOrder())
                    .thenComparing(Ruling::owner, Comparator.reverseOrder());

    public Ruling {
        if (turn < 0 || turn > TURN_MAX) {
            throw new IllegalArgumentException("turn=" + Long.toUnsignedString(turn));
        }
    }

    /// The first on a document that somebody has brought.
    public static Ruling first(Reach reach, NodeId owner) {
        return new Ruling(1, reach, owner);
    }

    /// The next on the same document.
    public Ruling next(Reach wanted) {
        return new Ruling(turn + 1, wanted, owner);
    }

    public boolean hasOwner() {
        return !owner.equals(NOBODY);
    }

    /// This one as it came after another, where it may be from a time when only the first ruling on
    /// a document told whose it is.
    public Ruling after(Ruling before) {
        return hasOwner() ? this : new Ruling(turn, reach, before.owner);
    }

    /// The one of the two that counts is the higher.
    @Override
    public int compareTo(Ruling other) {
        return ORDER.compare(this, other);
    }
}
