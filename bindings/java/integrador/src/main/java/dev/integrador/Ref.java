package dev.integrador;

import dev.integrador.internal.Writer;

/**
 * A user or a room as a call takes it: by what the application itself calls it ({@link Own}), or by what everybody does
 * ({@link ExternalId}). Which of the two it is, its type says, whatever the text looks like.
 */
public sealed interface Ref permits ExternalId, Ref.Own {
    /**
     * An id of the application's own.
     *
     * @param id a local id that is bound to an external one, else an own id
     * @return the reference
     */
    static Ref own(String id) {
        return new Own(id);
    }

    /**
     * A local id that is {@linkplain Node#bind bound} to an external one, else an id of the application's own.
     *
     * @param id 1 to 255 characters
     */
    record Own(String id) implements Ref {
        /**
         * Checks that there is one.
         *
         * @param id as the record says
         */
        public Own {
            Writer.checked("id", id);
        }
    }
}
