package dev.integrador;

/**
 * Something that is wrong with the registry, or with a platform in it.
 *
 * @param platform the platform that it is about; null: the registry file as a whole
 * @param kind what is wrong
 * @param other the other name in it (what the platform calls itself, or who is not known), or null
 * @param what what is wrong, as a sentence
 * @param toDo what to do, as a sentence
 */
public record Finding(String platform, FindingKind kind, String other, String what, String toDo) {}
