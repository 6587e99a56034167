package dev.integrador;

import java.util.List;
import java.util.UUID;

/**
 * How the node stands.
 *
 * @param name its name
 * @param standalone whether it is a node without users of its own
 * @param version the version of this library
 * @param store the id of the store
 * @param inbox how many events wait for the application
 * @param platforms every platform that takes part, or for which something waits
 * @param introductions who was introduced and waits until that is accepted
 */
public record Status(
        String name,
        boolean standalone,
        String version,
        UUID store,
        long inbox,
        List<PlatformStatus> platforms,
        List<Introduction> introductions) {}
