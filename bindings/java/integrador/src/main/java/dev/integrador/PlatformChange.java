package dev.integrador;

import java.util.UUID;

/**
 * A platform is up or down (hints), joined, was removed, or refuses us.
 *
 * @param eventId its id
 * @param attempt 1 the first time, more when an earlier handling failed, took too long or died with its process
 * @param platform its name
 * @param change what happened
 * @param why the reason, or null where there is none
 */
public record PlatformChange(UUID eventId, int attempt, String platform, PlatformState change, String why) implements Event {}
