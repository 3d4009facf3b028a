package org.elohim.tests.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.tests.NodeProcess;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;

/// A family of which one node is dead for good.
@Tag("tools")
class BladesIT {
    @RegisterExtension
    final FamilyExtension lab = new FamilyExtension(Family.Setup.of(3).options("-Xmx128m"));

    /// How long it takes is printed: the bar is five seconds on a machine that does nothing else.
    @Test
    @DisplayName(
            "R-03, R-14: with one blade dead, another that is killed serves its devices again, and"
                    + " one with an empty disk gets everything")
    void whoIsKilledBesideADeadBladeServesAgain() throws IOException {
        FamilyNode attic = lab.family().nodes().get(0);
        FamilyNode cellar = lab.family().nodes().get(1);
        FamilyNode dead = lab.family().nodes().get(2);
        lab.family().start();
        FamilyDevice phone = lab.device(attic);
        DocumentId document = DocumentId.ofRandom(new byte[16]);
        phone.memory().edit(document, 100);
        NodeProcess.await("the attic", () -> phone.memory().unacknowledged() == 0);
        dead.kill();
        cellar.kill();
        attic.kill();

        ContentHash alone = phone.memory().edit(document, 100);
        long began = System.nanoTime();
        attic.start();
        NodeProcess.await("the attic", () -> phone.memory().unacknowledged() == 0);
        System.out.printf(
                "served its device %d ms after it was started%n",
                (System.nanoTime() - began) / 1_000_000);
        assertEquals(200, attic.get("/health/ready").statusCode());

        // Another node at the address of the one whose disk is gone.
        String before = cellar.nodeId();
        cellar.wipe();
        cellar.start();
        cellar.awaitReady();
        assertEquals(false, before.equals(cellar.nodeId()));
        FamilyDevice laptop = lab.device(cellar);
        NodeProcess.await("the laptop", () -> laptop.memory().has(document, alone));
    }
}
