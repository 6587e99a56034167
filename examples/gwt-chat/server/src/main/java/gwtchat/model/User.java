package gwtchat.model;

/**
 * Anybody, of whichever platform.
 *
 * @param id the chat's own key: {@code 3} for a user of this app, {@code BuasApp:4} for one of another
 * @param external the id by which all platforms know this person: {@code GWT_CHAT:3}, {@code BuasApp:4}
 * @param active false: its platform no longer lists it; shown where it wrote, offered nowhere
 * @param avatar the address of a picture, or null
 */
public record User(String id, String external, String name, String platform, boolean active, String avatar) {}
