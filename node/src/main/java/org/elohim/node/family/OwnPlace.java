package org.elohim.node.family;

import org.elohim.libp2p.multiformats.IpAddress;

import java.util.List;
import java.util.Optional;

/// Whether this node has moved: the address at which its actors are known to the family's others is
/// none of this machine's any more, or was none that others could reach, and there is another.
///
/// Invariants: an address that is still there is kept, whatever others come and go beside it; where
/// there is none at all nothing is done, since the old one may come back; nor is anything done
/// because of what was so for a moment only.
final class OwnPlace {
    /// Longer than a lease is renewed or a cable is put into another socket.
    static final long LASTING_MILLIS = 10_000;

    private final IpAddress told;
    private Optional<Candidate> candidate = Optional.empty();

    private record Candidate(IpAddress address, long sinceMillis) {}

    /// @param told to the others, as long as these actors live
    OwnPlace(IpAddress told) {
        this.told = told;
    }

    /// Looks once more. Returns where the node is now, if it has moved for good.
    ///
    /// @param present the addresses of this machine that others may reach
    /// @param best of them the one that would be told now
    Optional<IpAddress> look(List<IpAddress> present, IpAddress best, long nowMillis) {
        boolean nothingBetter =
                best.equals(told)
                        || best.equals(OwnAddress.THIS_MACHINE_ONLY)
                        || present.contains(told);
        if (nothingBetter) {
            candidate = Optional.empty();
            return Optional.empty();
        }
        if (candidate.filter(each -> each.address().equals(best)).isEmpty()) {
            candidate = Optional.of(new Candidate(best, nowMillis));
        }
        return candidate
                .filter(each -> nowMillis - each.sinceMillis() >= LASTING_MILLIS)
                .map(Candidate::address);
    }
}
