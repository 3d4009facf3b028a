package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;

class FamilyTextTest {
    private static JsonNode json(String text) throws Exception {
        return new JsonMapper().readTree(text.replace('\'', '"'));
    }

    @Test
    void membersAreATableOfWhoIsThereAndWhoIsNot() throws Exception {
        String shown =
                FamilyText.members(
                        json(
                                """
                                {'node':'12D3a','leader':'12D3a','term':7,'acting':true,'members':[
                                 {'node':'12D3a','role':'primary','status':'up','reach':'reachable',
                                  'since_seconds':61,'address':'192.168.1.7:4002'},
                                 {'node':'12D3bb','role':'replica','status':'up','reach':'lost',
                                  'since_seconds':7300},
                                 {'node':'12D3c','role':'observer','status':'joining',
                                  'reach':'reachable','since_seconds':400000,'address':'[::1]:4002'}]}
                                """));
        assertEquals(
                """
                node              role      is            since   at
                12D3a (this one)  leads     there         61 s    192.168.1.7:4002
                12D3bb            full      out of reach  2 h     -
                12D3c             observer  joining       4 days  [::1]:4002
                It is led by 12D3a, in term 7.
                """,
                shown);
    }

    @Test
    void whoIsInNoClusterYetIsToldSo() throws Exception {
        assertTrue(
                FamilyText.members(json("{'node':'12D3a','members':[]}")).contains("not joined"));
    }

    @Test
    void aRemovalIsToldInASentence() throws Exception {
        String shown = FamilyText.removed(json("{'removed':{'node':'12D3b','removed':true}}"));
        assertTrue(shown.startsWith("Node 12D3b is none of the family any more."), shown);
        assertFalse(shown.contains("{"), shown);
        String stolen =
                FamilyText.removed(json("{'key':{'given':['12D3a']},'not_removed':'It is away.'}"));
        assertTrue(stolen.contains("given to   12D3a"), stolen);
        assertTrue(stolen.contains("It is away."), stolen);
    }
}
