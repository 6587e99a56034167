package dev.integrador;

import java.util.List;
import java.util.UUID;

/**
 * What a publication returns: it is on disk.
 *
 * @param eventId for {@link Node#delivery}; null when nothing had changed and so nothing was sent
 * @param destinations the platforms that it goes to
 * @param duplicate whether this is the receipt of an earlier call with the same key
 */
public record Receipt(UUID eventId, List<String> destinations, boolean duplicate) {}
