package dev.integrador;

import java.time.Instant;
import java.util.List;

/**
 * How another platform stands.
 *
 * @param name its name
 * @param kind what it turned out to be
 * @param via the node that hosts it, or null
 * @param up whether it answers; null: not tried yet
 * @param since since when, or null
 * @param lastContact when something was last heard of it, or null
 * @param waiting how many events wait for it
 * @param oldest when the oldest of them entered, or null
 * @param dead how many dead letters there are for it
 * @param alarm what it refused (a wrong token or a wrong registry), or null
 * @param importError what was wrong when its users were imported last, or null
 * @param lastError why it is down, or why what waits for it is not sent now, or null
 * @param nextTry when it is tried again, or null
 * @param findings what its last ping showed to be wrong between the registries of both sides
 */
public record PlatformStatus(
        String name,
        PlatformKind kind,
        String via,
        Boolean up,
        Instant since,
        Instant lastContact,
        long waiting,
        Instant oldest,
        long dead,
        String alarm,
        String importError,
        String lastError,
        Instant nextTry,
        List<Finding> findings) {}
