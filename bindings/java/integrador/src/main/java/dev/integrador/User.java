package dev.integrador;

import java.util.Map;

/**
 * A user of any platform.
 *
 * @param id the external id
 * @param name the name to show
 * @param active false when its platform no longer lists it; kept for what it wrote
 * @param avatar the URL of a picture to show (http or https), or null
 * @param ext what its application carries beyond that, or null
 */
public record User(ExternalId id, String name, boolean active, String avatar, Map<String, Object> ext) {}
