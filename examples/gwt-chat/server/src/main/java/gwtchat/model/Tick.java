package gwtchat.model;

/**
 * Where a message stands at one platform.
 *
 * @param state {@code waiting}, {@code accepted}, {@code parked}, {@code delivered} or {@code dead}; of a change {@code unsupported}
 */
public record Tick(String platform, String state, String why) {}
