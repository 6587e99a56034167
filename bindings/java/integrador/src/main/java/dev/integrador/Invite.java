package dev.integrador;

import java.time.Instant;

/**
 * One line of text by which one platform joins, once. Whoever has the line can join, so send it privately; {@code
 * toString} does not show it.
 *
 * @param id by what it is listed and revoked
 * @param url where the newcomer will ask: this node, as others reach it
 * @param expires until when it is good
 * @param text the line, for the other side's {@link Node#join}
 */
public record Invite(String id, String url, Instant expires, String text) {
    @Override
    public String toString() {
        return "Invite[id=" + id + ", url=" + url + ", expires=" + expires + "]";
    }
}
