package dev.integrador;

import java.time.Instant;

/**
 * A platform that a peer introduced and that waits until {@link Node#acceptIntroduction} is called.
 *
 * @param name its name
 * @param endpoint where it is reached, as the peer says
 * @param by the peer
 * @param since since when it waits
 */
public record Introduction(String name, String endpoint, String by, Instant since) {}
