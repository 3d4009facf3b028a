package org.elohim.client.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Positions;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a device remembers of what a node will not take.
class RefusalsTest extends StoreOnDisk {
    private static final String URL = "ws://a/device";
    private static final String TOKEN = "t";
    private static final ContentHash CHANGE = new ContentHash(Bytes.parseHex("aa".repeat(32)));
    private static final ContentHash OTHER = new ContentHash(Bytes.parseHex("bb".repeat(32)));

    private LocalStore store;

    @BeforeEach
    void aStoreWithANode() {
        store = open();
        store.nodes().remember(URL, TOKEN);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void refuse(String token, ContentHash... changes) {
        store.nodes()
                .refused(
                        URL,
                        token,
                        new SyncMessage.Refused(
                                DOCUMENT, List.of(changes), Limit.REACH, "not yours"));
    }

    private List<Optional<ContentHash>> refused() {
        return store.nodes().refusals().stream().map(Nodes.Refusal::change).toList();
    }

    @Test
    void aRefusedDeletionIsRememberedAndTheNextThatIsTakenEndsThat() {
        refuse(TOKEN);
        assertEquals(List.of(Optional.empty()), refused());
        assertTrue(store.nodes().refuses(URL, DOCUMENT));
        store.nodes().acknowledged(URL, DOCUMENT, List.of());
        assertEquals(List.of(Optional.empty()), refused(), "that only says that it was heard");
        store.nodes().acknowledged(URL, DOCUMENT, List.of());
        assertFalse(store.nodes().refuses(URL, DOCUMENT));
    }

    @Test
    void aChangeThatIsRefusedAgainStaysRefusedAndOneThatIsTakenDoesNot() {
        refuse(TOKEN, CHANGE, OTHER);
        store.nodes().acknowledged(URL, DOCUMENT, List.of(CHANGE, OTHER));
        refuse(TOKEN, OTHER);
        store.nodes().acknowledged(URL, DOCUMENT, List.of(CHANGE, OTHER));
        assertEquals(List.of(Optional.of(OTHER)), refused());
    }

    @Test
    void whatTheNodeHasFromSomebodyElseIsNotRefusedAnyMore() {
        refuse(TOKEN);
        refuse(TOKEN, CHANGE, OTHER);
        store.nodes().has(URL, DOCUMENT, List.of(CHANGE));
        assertEquals(List.of(Optional.empty(), Optional.of(OTHER)), refused());
    }

    @Test
    void underAnotherTokenAllIsOfferedAgain() {
        var state =
                new Output.State(new Positions.Saved(9, 5, Map.of(Lane.LOCAL, 3L)), 6, 7, 8, false);
        store.nodes().persist(URL, TOKEN, state);
        refuse(TOKEN, CHANGE);
        store.nodes().remember(URL, TOKEN);
        assertEquals(state, store.nodes().all().getFirst().state(), "nothing is new");
        assertEquals(List.of(Optional.of(CHANGE)), refused());

        store.nodes().remember(URL, "another");

        Output.State fresh = store.nodes().all().getFirst().state();
        assertNotEquals(9, fresh.mine().epoch());
        assertEquals(
                new Output.State(Positions.Saved.initial(fresh.mine().epoch()), 6, 7, 8, false),
                fresh);
        assertEquals(List.of(), refused());

        store.nodes().persist(URL, TOKEN, state);
        refuse(TOKEN, CHANGE);
        assertEquals(fresh, store.nodes().all().getFirst().state(), "what the former came to");
        assertEquals(List.of(), refused());
    }
}
