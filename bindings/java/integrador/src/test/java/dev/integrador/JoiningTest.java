package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Joining by one line, from Java. */
final class JoiningTest {
    @TempDir
    Path folder;

    private Node alone(String name) {
        return Node.builder(name)
                .store(folder.resolve(name + ".db"))
                .listen("127.0.0.1:0")
                .open();
    }

    private static Set<String> names(Node node) {
        return node.platforms().stream().map(Platform::name).collect(Collectors.toSet());
    }

    @Test
    void aNewcomerJoinsByOneLineAndIsKnownToAll() {
        try (Pair pair = new Pair(folder);
                Node este = alone("Este")) {
            Invite invite = pair.norte.invite(null);
            assertTrue(invite.text().startsWith("integrador:"));
            assertFalse(invite.toString().contains(invite.text()));
            assertEquals(new Joined("Norte", List.of("Sur")), este.join(invite.text(), null));
            Set<String> all = Set.of("Norte", "Sur", "Este");
            Eventually.so("all know each other", () -> names(este).equals(all) && names(pair.sur).equals(all));
            assertEquals("Este", pair.norte.invites().get(0).usedBy());
            assertEquals(ErrorKind.CONFLICT, kind(() -> pair.norte.removePlatform("Sur")));
            pair.norte.removePlatform("Este");
            Eventually.so("it is removed", () -> names(pair.sur).equals(Set.of("Norte", "Sur")));
        }
    }

    @Test
    void whatDoesNotHoldSaysSo() {
        try (Node norte = alone("Norte");
                Node sur = alone("Sur")) {
            Invite invite = norte.invite(null);
            norte.revokeInvite(invite.id());
            assertEquals(ErrorKind.INVALID, kind(() -> norte.revokeInvite(invite.id())));
            assertEquals(ErrorKind.UNAUTHORIZED, kind(() -> sur.join(invite.text(), null)));
            String token = norte.addPlatform("Legacy", "http://127.0.0.1:9/");
            assertTrue(token.length() > 30);
            assertEquals(ErrorKind.CONFLICT, kind(() -> norte.addPlatform("legacy", "http://127.0.0.1:9/")));
            assertEquals(List.of(), norte.status().introductions());
            assertEquals(ErrorKind.UNKNOWN_PLATFORM, kind(() -> norte.acceptIntroduction("Este")));
            assertEquals(ErrorKind.UNKNOWN_PLATFORM, kind(() -> norte.refuseIntroduction("Este")));
            assertEquals(ErrorKind.INVALID, kind(() -> norte.introduce("Norte", "Legacy")));
            sur.join(norte.invite(null).text(), null);
            Eventually.so("the token is replaced", () -> {
                try {
                    assertNull(sur.rotateToken("Norte"));
                    return true;
                } catch (IntegradorException e) {
                    // The last change is not confirmed yet.
                    return false;
                }
            });
        }
    }

    private static ErrorKind kind(Runnable call) {
        return assertThrows(IntegradorException.class, call::run).kind();
    }
}
