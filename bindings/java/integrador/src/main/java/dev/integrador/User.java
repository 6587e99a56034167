package dev.integrador;

/**
 * A user of any platform.
 *
 * @param id the external id
 * @param name the name to show
 * @param active false when its platform no longer lists it; kept for what it wrote
 */
public record User(ExternalId id, String name, boolean active) {}
