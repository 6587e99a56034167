package dev.integrador;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A request of another platform, for {@link Node#handle}: as the web framework got it.
 *
 * @param method such as {@code POST}
 * @param path where it goes, without what the node is mounted under: {@code /messages}; decoded or not
 * @param query what stands after the question mark, as it came; may be empty
 * @param headers its headers
 * @param body its body, byte for byte: the signature covers it
 */
public record Request(String method, String path, String query, Map<String, List<String>> headers, byte[] body) {
    /**
     * Checks that all of it is there; a query that is null is an empty one.
     *
     * @param method as the record says
     * @param path as the record says
     * @param query as the record says
     * @param headers as the record says
     * @param body as the record says
     */
    public Request {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(path, "path");
        query = query == null ? "" : query;
        Objects.requireNonNull(headers, "headers");
        Objects.requireNonNull(body, "body");
    }
}
