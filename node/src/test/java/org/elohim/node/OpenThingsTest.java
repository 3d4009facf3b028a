package org.elohim.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

class OpenThingsTest {
    private final List<String> closed = new ArrayList<>();
    private final OpenThings open = new OpenThings();

    @Test
    void areClosedInTheReverseOrderAndOnce() throws Exception {
        open.add("a", () -> closed.add("a"));
        open.add("b", () -> closed.add("b"));

        open.close();
        open.close();

        assertEquals(List.of("b", "a"), closed);
    }

    @Test
    void oneThatFailsDoesNotKeepTheOthersOpen() throws Exception {
        open.add("a", () -> closed.add("a"));
        open.add(
                "b",
                () -> {
                    throw new IOException("b is stuck");
                });

        open.close();

        assertEquals(List.of("a"), closed);
    }

    @Test
    void whatIsOpenedAfterTheOrderToStopIsClosedAtOnceAndTheStartEnds() {
        open.close();

        var told = assertThrows(StartFailure.class, () -> open.add("a", () -> closed.add("a")));

        assertEquals(ExitCode.STOPPED, told.exitCode());
        assertEquals(List.of("a"), closed);
    }
}
