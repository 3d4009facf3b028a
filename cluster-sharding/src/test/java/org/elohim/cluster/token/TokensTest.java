package org.elohim.cluster.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.pattern.StatusReply;
import akka.persistence.testkit.javadsl.EventSourcedBehaviorTestKit;
import akka.persistence.testkit.javadsl.EventSourcedBehaviorTestKit.CommandResultWithReply;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

class TokensTest {
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    private static final NodeId NODE = new NodeId(Bytes.parseHex("aa".repeat(32)));
    private static final ContentHash PHONE = hash("11");
    private static final ContentHash LAPTOP = hash("22");
    private static final List<Scope> LOCAL = List.of(new Scope.OfReach(Access.WRITE, Reach.LOCAL));

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static ActorTestKit actors;

    @SuppressWarnings("NullAway.Init") // set before each test
    private EventSourcedBehaviorTestKit<Tokens.Command, Tokens.Event, Tokens.State> tokens;

    @BeforeAll
    static void start() {
        actors = ActorTestKit.create(EventSourcedBehaviorTestKit.config());
    }

    @AfterAll
    static void stop() {
        actors.shutdownTestKit();
    }

    @BeforeEach
    void create() {
        // Golden files prove the stored form of what this test passes around.
        tokens =
                EventSourcedBehaviorTestKit.create(
                        actors.system(),
                        Tokens.create(NODE, () -> NOW, () -> true),
                        EventSourcedBehaviorTestKit.disabledSerializationSettings());
        tokens.clear();
    }

    @Test
    void anIssuedTokenIsKnownWithItsScopes() {
        issue(PHONE, "phone", LOCAL);

        assertEquals(Optional.of(new Token(PHONE, "phone", LOCAL, NOW)), check(PHONE));
        assertEquals(Optional.empty(), check(LAPTOP));
    }

    @Test
    void aRepeatedOrderIsAnsweredLikeTheFirstAndJournalsNothing() {
        issue(PHONE, "phone", LOCAL);

        var again = issue(PHONE, "phone", LOCAL);

        assertTrue(again.reply().isSuccess());
        assertTrue(again.hasNoEvents());
    }

    @Test
    void aRevokedTokenIsUnknownAlsoAfterARestart() {
        issue(PHONE, "phone", LOCAL);
        issue(LAPTOP, "laptop", LOCAL);
        String id = check(PHONE).orElseThrow().id();

        assertTrue(revoke(id).reply().isSuccess());
        tokens.restart();

        assertEquals(Optional.empty(), check(PHONE));
        assertEquals(
                List.of("laptop"),
                tokens.runCommand(Tokens.Command.All::new).reply().stream()
                        .map(Token::label)
                        .toList());
    }

    @Test
    void whatTheFamilyKnowsIsLearnedOnceAndStaysAfterARestart() {
        var phone = new Token(PHONE, "phone", LOCAL, NOW);

        learn(List.of(phone), Map.of(LAPTOP, NOW));
        assertTrue(learn(List.of(phone), Map.of(LAPTOP, NOW)).hasNoEvents());
        tokens.restart();

        assertEquals(
                new Tokens.Known(Map.of(PHONE, phone), Map.of(LAPTOP, NOW)),
                tokens.runCommand(Tokens.Command.Know::new).reply());
    }

    @Test
    void aRevocationWinsAlsoWhereItIsLearnedFirstOrTogether() {
        var phone = new Token(PHONE, "phone", LOCAL, NOW);
        var laptop = new Token(LAPTOP, "laptop", LOCAL, NOW);

        learn(List.of(phone), Map.of(PHONE, NOW, LAPTOP, NOW));
        learn(List.of(phone, laptop), Map.of());

        assertEquals(Optional.empty(), check(PHONE));
        assertEquals(Optional.empty(), check(LAPTOP));
        assertTrue(issue(PHONE, "phone", LOCAL).reply().isError());
    }

    @Test
    void whatWasRevokedIsRememberedBySnapshotsToo() {
        for (int i = 0; i < 300; i++) {
            ContentHash token =
                    ContentHash.of(Bytes.copyOf(new byte[] {(byte) i, (byte) (i >> 8)}));
            issue(token, "phone", LOCAL);
            revoke(token.bytes().slice(0, 6).toHex());
        }
        tokens.restart();

        Tokens.Known known = tokens.runCommand(Tokens.Command.Know::new).reply();
        assertEquals(300, known.revoked().size());
        assertEquals(Map.of(), known.inForce());
    }

    /// Else two nodes would have different tokens for ever.
    @Test
    void aLimitHoldsWhereATokenIsMadeAndNotForWhatAnotherNodeHasMade() {
        var many = new ArrayList<Token>();
        for (int i = 0; i <= Tokens.TOKENS_MAX; i++) {
            many.add(
                    new Token(
                            ContentHash.of(Bytes.copyOf(new byte[] {(byte) i, (byte) (i >> 8)})),
                            "phone",
                            LOCAL,
                            NOW));
        }
        learn(many, Map.of());

        assertEquals(
                many.size(), tokens.runCommand(Tokens.Command.Know::new).reply().inForce().size());
        assertTrue(issue(PHONE, "phone", LOCAL).reply().isError());
    }

    private CommandResultWithReply<
                    Tokens.Command, Tokens.Event, Tokens.State, StatusReply<Tokens.Known>>
            learn(List<Token> issued, Map<ContentHash, Instant> revoked) {
        return tokens.runCommand(to -> new Tokens.Command.Learn(issued, revoked, to));
    }

    @Test
    void revokingWhatIsNotThereIsSaid() {
        assertTrue(revoke("ffffffffffff").reply().isError());
    }

    @Test
    void aTokenWithoutScopesOrLabelIsRefused() {
        assertTrue(issue(PHONE, "phone", List.of()).reply().isError());
        assertTrue(issue(PHONE, " ", LOCAL).reply().isError());
        assertTrue(issue(PHONE, "x".repeat(Tokens.LABEL_CHARS_MAX + 1), LOCAL).reply().isError());
        assertEquals(Optional.empty(), check(PHONE));
    }

    @Test
    void onlyAnAdminScopeMakesAnAdmin() {
        assertFalse(new Token(PHONE, "phone", LOCAL, NOW).isAdmin());
        assertTrue(new Token(PHONE, "phone", List.of(new Scope.Admin()), NOW).isAdmin());
    }

    private CommandResultWithReply<Tokens.Command, Tokens.Event, Tokens.State, StatusReply<Token>>
            issue(ContentHash hash, String label, List<Scope> scopes) {
        return run(replyTo -> new Tokens.Command.Issue(hash, label, scopes, replyTo));
    }

    private CommandResultWithReply<Tokens.Command, Tokens.Event, Tokens.State, StatusReply<Token>>
            revoke(String id) {
        return run(replyTo -> new Tokens.Command.Revoke(id, replyTo));
    }

    private CommandResultWithReply<Tokens.Command, Tokens.Event, Tokens.State, StatusReply<Token>>
            run(Function<ActorRef<StatusReply<Token>>, Tokens.Command> command) {
        return tokens.runCommand(command);
    }

    private Optional<Token> check(ContentHash hash) {
        return tokens.<Optional<Token>>runCommand(
                        replyTo -> new Tokens.Command.Check(hash, replyTo))
                .reply();
    }

    private static ContentHash hash(String hex) {
        return new ContentHash(Bytes.parseHex(hex.repeat(32)));
    }
}
