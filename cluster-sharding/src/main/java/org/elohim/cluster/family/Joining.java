package org.elohim.cluster.family;

import org.elohim.protocol.family.Account;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Encounters;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Which cluster a node joins when it begins: that of somebody who answers soon, else its own one.
///
/// Invariants: it is a member after a bounded time, whatever the others do; once it is, nothing
/// more comes from here.
final class Joining {
    /// Long enough for an answer in a house; what comes later is merged.
    static final long ANSWERS_MILLIS = 1_000;

    /// As long as a question may take that is under way: to merge costs more than to wait.
    static final long LAST_ANSWER_MILLIS = 3_000;

    /// One that was sent to a certain door has a reason to wait for it.
    static final long FIRST_ANSWER_MILLIS = 5_000;

    /// Longer than a cluster needs to give up a lost member that keeps others out.
    static final long JOIN_MILLIS = 30_000;

    // It asks again each second.
    private static final long WAITING_MILLIS = 5_000;

    private enum Phase {
        NOT_BEGUN,
        LISTENING,
        /// Somebody else's cluster.
        JOINING,
        JOINING_SELF,
        OVER
    }

    private record Answer(Account account, String actors) {}

    private final String self;
    private final Map<Address, Answer> answers = new LinkedHashMap<>();
    private Phase phase = Phase.NOT_BEGUN;
    private Optional<Address> first = Optional.empty();
    private final Set<Address> open = new HashSet<>();
    private long earliestMillis;
    private long deadlineMillis;
    private Optional<Long> waiterSeenMillis = Optional.empty();

    /// @param self the address of the own actors
    Joining(String self) {
        this.self = self;
    }

    /// @param asked the doors that are asked now
    void begin(boolean searches, Set<Address> asked, Optional<Address> joinFirst, long nowMillis) {
        if (phase == Phase.NOT_BEGUN) {
            phase = Phase.LISTENING;
            first = joinFirst;
            open.addAll(asked);
            open.removeAll(answers.keySet());
            long patience = joinFirst.isPresent() ? FIRST_ANSWER_MILLIS : LAST_ANSWER_MILLIS;
            earliestMillis = searches ? nowMillis + ANSWERS_MILLIS : nowMillis;
            deadlineMillis = searches ? nowMillis + patience : nowMillis;
        }
    }

    void failed(Address door) {
        open.remove(door);
    }

    void answered(Address door, Account account, String actors, long nowMillis) {
        if (!account.isMember()) {
            waiterSeenMillis = Optional.of(nowMillis);
        }
        open.remove(door);
        if (phase == Phase.NOT_BEGUN || phase == Phase.LISTENING) {
            answers.put(door, new Answer(account, actors));
        }
    }

    /// Whether somebody else tells that it belongs to no cluster yet.
    boolean somebodyWaits(long nowMillis) {
        return waiterSeenMillis.filter(at -> nowMillis - at < WAITING_MILLIS).isPresent();
    }

    boolean isOver() {
        return phase == Phase.OVER;
    }

    /// Whom to join now.
    Optional<String> next(boolean isMember, long nowMillis) {
        if (isMember) {
            phase = Phase.OVER;
            answers.clear();
        }
        return switch (phase) {
            case NOT_BEGUN, JOINING_SELF, OVER -> Optional.empty();
            case LISTENING -> listen(nowMillis);
            case JOINING -> nowMillis < deadlineMillis ? Optional.empty() : Optional.of(joinSelf());
        };
    }

    private Optional<String> listen(long nowMillis) {
        Optional<Answer> wanted =
                first.map(answers::get).filter(answer -> answer.account().isMember());
        boolean hasHeardAll = first.isEmpty() && open.isEmpty() && nowMillis >= earliestMillis;
        if (wanted.isEmpty() && !hasHeardAll && nowMillis < deadlineMillis) {
            return Optional.empty();
        }
        return Optional.of(
                wanted.or(this::lowest)
                        .map(answer -> join(answer, nowMillis))
                        .orElseGet(this::joinSelf));
    }

    private Optional<Answer> lowest() {
        List<Account> accounts = answers.values().stream().map(Answer::account).toList();
        return Encounters.toJoin(accounts)
                .flatMap(
                        account ->
                                answers.values().stream()
                                        .filter(each -> each.account().equals(account))
                                        .findFirst());
    }

    private String join(Answer answer, long nowMillis) {
        phase = Phase.JOINING;
        deadlineMillis = nowMillis + JOIN_MILLIS;
        return answer.actors();
    }

    private String joinSelf() {
        phase = Phase.JOINING_SELF;
        return self;
    }
}
