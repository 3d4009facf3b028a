package org.elohim.protocol.access;

import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;

import java.util.Locale;

/// One thing that a token allows.
///
/// Invariants: a text is read as exactly one scope and printed the same; nothing but `admin` allows
/// what is neither a document nor a blob; nothing at all allows the family's ledger.
///
/// As text: `admin`, `read:document:ID`, `write:document:ID`, `read:reach:local`,
/// `write:reach:private`.
public sealed interface Scope {
    /// Everything, also making and revoking tokens.
    record Admin() implements Scope {
        @Override
        public String toString() {
            return "admin";
        }
    }

    record OfDocument(Access access, DocumentId document) implements Scope {
        @Override
        public String toString() {
            return text(access) + ":document:" + document;
        }
    }

    /// Documents and blobs of this reach and of every wider one: who may see what the family shares
    /// among itself may see what it shows to everybody.
    record OfReach(Access access, Reach reach) implements Scope {
        @Override
        public String toString() {
            return text(access) + ":reach:" + reach;
        }
    }

    /// Of the family's ledger nothing, whatever the scope: it would say who has which token.
    default boolean allows(Access wanted, DocumentId document, Reach reach) {
        if (document.isLedger()) {
            return false;
        }
        return switch (this) {
            case Admin() -> true;
            case OfDocument(var access, var granted) ->
                    access.includes(wanted) && granted.equals(document);
            case OfReach(var access, var narrowest) ->
                    access.includes(wanted) && reach.compareTo(narrowest) >= 0;
        };
    }

    /// Whether it allows this with a blob of this reach. Nobody knows which documents refer to one,
    /// so what is allowed with a document says nothing. Whoever is allowed one reach is allowed
    /// every wider one.
    default boolean allowsBlobs(Access wanted, Reach reach) {
        return switch (this) {
            case Admin() -> true;
            case OfDocument _ -> false;
            case OfReach(var access, var narrowest) ->
                    access.includes(wanted) && reach.compareTo(narrowest) >= 0;
        };
    }

    /// The same without leave to change anything.
    default Scope reading() {
        return switch (this) {
            case Admin() -> new OfReach(Access.READ, Reach.PRIVATE);
            case OfDocument(var _, var document) -> new OfDocument(Access.READ, document);
            case OfReach(var _, var reach) -> new OfReach(Access.READ, reach);
        };
    }

    /// Reads the text form.
    ///
    /// @throws IllegalArgumentException where the text is no scope, saying what is allowed
    static Scope parse(String text) {
        if (text.equals("admin")) {
            return new Admin();
        }
        String[] parts = text.split(":", -1);
        if (parts.length != 3) {
            throw unknown();
        }
        Access access = access(parts[0]);
        return switch (parts[1]) {
            case "document" -> new OfDocument(access, DocumentId.parse(parts[2]));
            case "reach" -> new OfReach(access, Reach.parse(parts[2]));
            default -> throw unknown();
        };
    }

    private static Access access(String text) {
        return switch (text) {
            case "read" -> Access.READ;
            case "write" -> Access.WRITE;
            default -> throw unknown();
        };
    }

    private static IllegalArgumentException unknown() {
        return new IllegalArgumentException(
                "not a scope; allowed: admin, read:document:ID, write:document:ID,"
                        + " read:reach:REACH, write:reach:REACH");
    }

    private static String text(Access access) {
        return access.name().toLowerCase(Locale.ROOT);
    }
}
