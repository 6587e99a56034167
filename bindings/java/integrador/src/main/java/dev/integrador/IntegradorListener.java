package dev.integrador;

/**
 * What an application does with what happens elsewhere: it is called by a daemon thread, one event after the other, in the order of
 * each room. {@link Node#start} begins.
 *
 * <p>When a method returns, the event is acknowledged: it never comes again. When it throws, the event has failed, and comes again
 * after a backoff, together with the later ones of its room; after {@code max_handler_attempts} (10) it is a dead letter. An
 * event that is under way when the process dies comes again: so let the method do the same twice without harm.
 */
public interface IntegradorListener {
    /**
     * Somebody on another platform wrote.
     *
     * @param message what
     * @throws Exception it could not be handled now
     */
    default void onMessage(Message message) throws Exception {}

    /**
     * A message of another platform has another text.
     *
     * @param edit which, and what
     * @throws Exception it could not be handled now
     */
    default void onEdit(Edit edit) throws Exception {}

    /**
     * A message was deleted.
     *
     * @param delete which
     * @throws Exception it could not be handled now
     */
    default void onDelete(Delete delete) throws Exception {}

    /**
     * Somebody reacted to a message, or took a reaction back.
     *
     * @param reaction to which, and how
     * @throws Exception it could not be handled now
     */
    default void onReaction(Reaction reaction) throws Exception {}

    /**
     * A user of another platform is new, renamed or gone.
     *
     * @param change the user as it is now
     * @throws Exception it could not be handled now
     */
    default void onUser(UserChange change) throws Exception {}

    /**
     * A room was created or changed by another platform.
     *
     * @param change the whole room as it is now
     * @throws Exception it could not be handled now
     */
    default void onRoom(RoomChange change) throws Exception {}

    /**
     * A platform is up or down, joined, was removed, or refuses us.
     *
     * @param change which, and what
     * @throws Exception it could not be handled now
     */
    default void onPlatform(PlatformChange change) throws Exception {}

    /**
     * What became of something that the application published.
     *
     * @param change of what, and what
     * @throws Exception it could not be handled now
     */
    default void onDelivery(DeliveryChange change) throws Exception {}

    /**
     * Calls the method that an event is for.
     *
     * @param event any event
     * @throws Exception it could not be handled now
     */
    default void onEvent(Event event) throws Exception {
        if (event instanceof Message message) {
            onMessage(message);
        } else if (event instanceof Edit edit) {
            onEdit(edit);
        } else if (event instanceof Delete delete) {
            onDelete(delete);
        } else if (event instanceof Reaction reaction) {
            onReaction(reaction);
        } else if (event instanceof UserChange change) {
            onUser(change);
        } else if (event instanceof RoomChange change) {
            onRoom(change);
        } else if (event instanceof PlatformChange change) {
            onPlatform(change);
        } else if (event instanceof DeliveryChange change) {
            onDelivery(change);
        }
    }

    /**
     * A listener for messages alone.
     *
     * @param handler what is done with each
     * @return the listener
     */
    static IntegradorListener messages(Handler<? super Message> handler) {
        return new IntegradorListener() {
            @Override
            public void onMessage(Message message) throws Exception {
                handler.handle(message);
            }
        };
    }

    /**
     * What is done with an event.
     *
     * @param <E> the type of the event
     */
    @FunctionalInterface
    interface Handler<E extends Event> {
        /**
         * Handles it.
         *
         * @param event the event
         * @throws Exception it could not be handled now
         */
        void handle(E event) throws Exception;
    }
}
