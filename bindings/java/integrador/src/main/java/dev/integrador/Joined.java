package dev.integrador;

import java.util.List;

/**
 * What {@link Node#join} brought.
 *
 * @param inviter the platform whose node made the invite
 * @param platforms the others that are known by it
 */
public record Joined(String inviter, List<String> platforms) {}
