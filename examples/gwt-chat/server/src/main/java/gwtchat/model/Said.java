package gwtchat.model;

import java.util.List;
import java.util.Locale;

/**
 * What is said of a message that is there: another text, a delete, a reaction.
 *
 * @param text of an edit
 * @param files of an edit: in place of those that the message had; null: those stay
 * @param emoji of a reaction
 * @param on false: the reaction is taken back
 */
public record Said(Kind kind, String text, List<Draft.File> files, String emoji, boolean on) {
    public enum Kind {
        EDIT,
        DELETE,
        REACTION;

        /** As it is stored, and as the page says it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Kind of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    public static Said edit(String text, List<Draft.File> files) {
        return new Said(Kind.EDIT, text, files, null, true);
    }

    public static Said delete() {
        return new Said(Kind.DELETE, null, null, null, true);
    }

    public static Said reaction(String emoji, boolean on) {
        return new Said(Kind.REACTION, null, null, emoji, on);
    }
}
