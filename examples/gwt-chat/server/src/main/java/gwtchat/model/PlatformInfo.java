package gwtchat.model;

/**
 * A platform, this one included.
 *
 * @param up null: not known yet
 */
public record PlatformInfo(String name, boolean own, boolean supportImage, boolean supportAudio, Boolean up) {}
