package org.elohim.protocol.automerge;

import java.util.LinkedHashMap;
import java.util.Map;

/// Which ephemeral words were passed on already. Clients hand on what they hear, so a word may come
/// back by any of them.
///
/// Invariants: of one session each count is passed on once, and never a lower one after a higher;
/// what is remembered is bounded, the session that was silent longest is forgotten first.
public final class EphemeralWords {
    /// Each tab of a browser is one.
    static final int SESSIONS_MAX = 1 << 14;

    private final Map<Session, Long> highest = new LinkedHashMap<>(16, 0.75f, true);

    private record Session(String sender, String session) {}

    /// Whether it was not heard before.
    public boolean isNew(Frame.Ephemeral word) {
        var session = new Session(word.senderId(), word.sessionId());
        Long before = highest.get(session);
        if (before != null && before >= word.count()) {
            return false;
        }
        highest.put(session, word.count());
        if (highest.size() > SESSIONS_MAX) {
            highest.remove(highest.keySet().iterator().next());
        }
        return true;
    }
}
