package org.elohim.protocol.blob.replication;

import org.elohim.protocol.blob.replication.ReplicationEvent.Beginning;

import java.util.List;

/// What is written to a node's log at once: what has happened to many blobs.
///
/// A blob is named by its hash where it is heard of, and from then on by the number that it got
/// there. What happens to a thousand blobs alike is told once, so the log of a node that takes tens
/// of thousands of blobs a second costs little more than their names.
///
/// Invariants: what happened to one blob stands in its order; of different blobs it need not.
public record Recorded(List<Part> parts) {
    /// A part of it.
    public sealed interface Part {
        /// These were heard of, and have the numbers in their order. One that was known before has
        /// this number from now on.
        record Begun(Numbers numbers, List<Beginning> beginnings) implements Part {
            public Begun {
                beginnings = List.copyOf(beginnings);
                if (numbers.count() != beginnings.size()) {
                    throw new IllegalArgumentException(
                            "numbers=" + numbers.count() + " beginnings=" + beginnings.size());
                }
            }
        }

        /// This has happened to each of those.
        record Happened(ReplicationEvent event, Numbers numbers) implements Part {
            public Happened {
                if (event instanceof Beginning) {
                    throw new IllegalArgumentException("a beginning gives a number");
                }
            }
        }
    }

    public Recorded {
        parts = List.copyOf(parts);
    }
}
