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
import java.util.List;
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
                        Tokens.create(NODE, () -> NOW),
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
