package org.elohim.protocol.id;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.elohim.protocol.Bytes;

import java.nio.charset.StandardCharsets;

class Base58Properties {
    @Property
    void everyByteStringComesBack(
            @ForAll @Size(max = 64) byte[] content, @ForAll @IntRange(max = 5) int zeros) {
        Bytes bytes = Bytes.copyOf(new byte[zeros]).concat(Bytes.copyOf(content));

        assertEquals(bytes, Base58.decode(Base58.encode(bytes)));
    }

    @Property
    void aTextIsRefusedOrTheOneThatItsBytesGive(@ForAll @Size(max = 300) char[] characters) {
        String text = new String(characters);
        Bytes decoded;
        try {
            decoded = Base58.decode(text);
        } catch (IllegalArgumentException refused) {
            return;
        }
        assertEquals(text, Base58.encode(decoded));
    }

    @Example
    void publishedVectors() {
        assertEquals(
                "2NEpo7TZRRrLZSi2U",
                Base58.encode(Bytes.copyOf("Hello World!".getBytes(StandardCharsets.US_ASCII))));
        assertEquals("11233QC4", Base58.encode(Bytes.parseHex("0000287fb4cd")));
        assertEquals("", Base58.encode(Bytes.EMPTY));
        assertEquals(Bytes.parseHex("0000"), Base58.decode("11"));
    }
}
