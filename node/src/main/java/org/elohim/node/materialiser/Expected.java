package org.elohim.node.materialiser;

import java.util.Set;

/// What a document is to say before somebody writes over it: else he would undo what he has not
/// seen.
public sealed interface Expected {
    /// It is nowhere yet.
    record Nothing() implements Expected {}

    /// Whatever it says, as long as it is there: somebody wants to write over it.
    record Anything() implements Expected {}

    record OneOf(Set<Tag> tags) implements Expected {
        public OneOf {
            tags = Set.copyOf(tags);
        }
    }

    /// Whether the document says that.
    ///
    /// @param empty whether there is nothing of it
    default boolean holds(Tag now, boolean empty) {
        return switch (this) {
            case Nothing() -> empty;
            case Anything() -> !empty;
            case OneOf(var tags) -> tags.contains(now);
        };
    }
}
