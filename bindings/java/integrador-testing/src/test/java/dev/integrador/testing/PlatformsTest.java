package dev.integrador.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.integrador.Node;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;

/** JUnit gives a test its mesh, and takes it away. */
class PlatformsTest {
    private static final List<Node> SEEN = new ArrayList<>();

    private final Mesh ofTheInstance;
    private Mesh beforeTheTest;

    PlatformsTest(@Platforms("Oeste") Mesh net) {
        ofTheInstance = net;
    }

    @BeforeEach
    void open(@Platforms({"Este", "Sur"}) Mesh net) {
        beforeTheTest = net;
        SEEN.forEach(node -> assertTrue(node.isClosed(), "that of an earlier test is closed"));
    }

    @RepeatedTest(2)
    void eachParameterIsAMeshOfItsOwnWhichLivesAsLongAsItsTest(@Platforms({"Norte", "Sur"}) Mesh net) {
        assertNotSame(beforeTheTest, net);
        assertEquals("Oeste", ofTheInstance.node("Oeste").name());
        for (Node node : List.of(beforeTheTest.node("Este"), net.node("Norte"), net.node("Sur"))) {
            assertFalse(node.isClosed());
            SEEN.add(node);
        }
    }

    @AfterAll
    static void allAreClosed() {
        assertEquals(6, SEEN.size());
        SEEN.forEach(node -> assertTrue(node.isClosed()));
    }
}
