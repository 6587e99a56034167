package dev.integrador;

import java.time.Instant;

/**
 * An invite as it is listed.
 *
 * @param id by what it is revoked
 * @param made when it was made
 * @param expires until when it is good
 * @param usedBy who joined by it; null: nobody yet
 */
public record InviteInfo(String id, Instant made, Instant expires, String usedBy) {}
