package dev.integrador;

import java.util.List;
import java.util.Map;

/**
 * What {@link Node#handle} answers.
 *
 * @param status the status of HTTP
 * @param headers the headers
 * @param body the body
 */
public record Response(int status, Map<String, List<String>> headers, byte[] body) {}
