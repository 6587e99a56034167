package dev.integrador.spring;

import dev.integrador.ErrorKind;
import dev.integrador.IntegradorException;
import dev.integrador.Node;
import dev.integrador.PlatformStatus;
import dev.integrador.Status;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the node is: UP; DEGRADED while a platform is down or refuses us, since nothing is lost meanwhile and a restart would not help;
 * DOWN when it is closed or can't read its store.
 */
record NodeHealth(String status, Map<String, Object> details) {
    static NodeHealth of(Node node) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("name", node.name());
        try {
            Status status = node.status();
            boolean degraded = false;
            Map<String, Object> platforms = new LinkedHashMap<>();
            for (PlatformStatus platform : status.platforms()) {
                degraded |= Boolean.FALSE.equals(platform.up()) || platform.alarm() != null;
                platforms.put(platform.name(), details(platform));
            }
            details.put("inbox", status.inbox());
            details.put("platforms", platforms);
            return new NodeHealth(degraded ? "DEGRADED" : "UP", details);
        } catch (IntegradorException e) {
            details.put("error", e.kind() == ErrorKind.CLOSED ? "the node is closed" : e.getMessage());
            return new NodeHealth("DOWN", details);
        }
    }

    private static Map<String, Object> details(PlatformStatus platform) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("state", platform.up() == null ? "unknown" : platform.up() ? "up" : "down");
        details.put("waiting", platform.waiting());
        details.put("dead", platform.dead());
        if (platform.since() != null) {
            details.put("since", platform.since().toString());
        }
        if (platform.alarm() != null) {
            details.put("alarm", platform.alarm());
        }
        return details;
    }
}
