package dev.integrador.spring;

import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the node is configured.
 *
 * @param enabled whether there is a node at all
 * @param platform this platform's name, as the registries of the others spell it; required
 * @param store the file of the node's store, made if it isn't there; required
 * @param platforms the registry file, followed while running; without it there are no other platforms
 * @param listen HOST:PORT for a port of the node's own, instead of the web server's; faster, and the only way without a servlet container
 * @param path where the node answers in the application's web server; empty for nowhere. Controllers of the application's below it
 *     are not reached
 * @param threads how many threads hand out events
 * @param options any other option of the node by its name, such as max_pending or limits.body; spans in seconds, or as 30s, 10m, 24h, 30d
 */
@ConfigurationProperties("integrador")
public record IntegradorProperties(
        @DefaultValue("true") boolean enabled,
        String platform,
        String store,
        String platforms,
        String listen,
        @DefaultValue("/api") String path,
        @DefaultValue("1") int threads,
        @DefaultValue Map<String, String> options) {}
