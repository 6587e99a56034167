package dev.integrador;

/**
 * A platform that takes part.
 *
 * @param name its name, spelled as the registry does
 * @param supportImage whether it can show images
 * @param supportAudio whether it can play audio
 * @param via the node that hosts it, or null
 * @param own whether it is this application itself
 */
public record Platform(String name, boolean supportImage, boolean supportAudio, String via, boolean own) {}
