package org.elohim.protocol.ledger;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.ledger.LedgerEntry.TokenIssued;
import org.elohim.protocol.ledger.LedgerEntry.TokenRevoked;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// What the ledger lacks of the tokens that this node answers by, and the other way round.
///
/// Invariants: once both are carried out, nothing is left to do; each half is of use without the
/// other, so that it does not matter between which two writes a node dies; nothing takes a
/// revocation back.
///
/// @param toWrite what the node knows and the ledger does not
/// @param toIssue what others have issued, or the node knows otherwise than the ledger
/// @param toRevoke what others have revoked
public record Reconciliation(
        List<LedgerEntry> toWrite, List<TokenIssued> toIssue, List<TokenRevoked> toRevoke) {
    private static final Comparator<TokenIssued> OLDEST_FIRST =
            Comparator.comparingLong(TokenIssued::atMillis).thenComparing(TokenIssued::hash);

    public Reconciliation {
        toWrite = List.copyOf(toWrite);
        toIssue = List.copyOf(toIssue);
        toRevoke = List.copyOf(toRevoke);
    }

    /// The tokens that a node answers by.
    ///
    /// @param revoked when, by the clock of whoever revoked it
    public record Known(Map<ContentHash, TokenIssued> issued, Map<ContentHash, Long> revoked) {
        public Known {
            issued = Map.copyOf(issued);
            revoked = Map.copyOf(revoked);
        }
    }

    public static Reconciliation of(Ledger ledger, Known known) {
        var toWrite = new ArrayList<LedgerEntry>();
        // First, where not everything fits into one change.
        known.revoked().entrySet().stream()
                .filter(each -> !ledger.isRevoked(each.getKey()))
                .map(each -> new TokenRevoked(each.getKey(), each.getValue()))
                .sorted(Comparator.comparing(TokenRevoked::hash))
                .forEach(toWrite::add);
        known.issued().values().stream()
                .filter(each -> !ledger.isRevoked(each.hash()))
                .filter(each -> ledger.issued(each.hash()).isEmpty())
                .sorted(OLDEST_FIRST)
                .forEach(toWrite::add);
        return new Reconciliation(
                toWrite,
                ledger.allIssued().stream()
                        .filter(each -> !known.revoked().containsKey(each.hash()))
                        .filter(each -> !each.equals(known.issued().get(each.hash())))
                        .sorted(OLDEST_FIRST)
                        .toList(),
                ledger.allRevoked().entrySet().stream()
                        .filter(each -> !known.revoked().containsKey(each.getKey()))
                        .map(each -> new TokenRevoked(each.getKey(), each.getValue()))
                        .sorted(Comparator.comparing(TokenRevoked::hash))
                        .toList());
    }

    public boolean isDone() {
        return toWrite.isEmpty() && toIssue.isEmpty() && toRevoke.isEmpty();
    }
}
