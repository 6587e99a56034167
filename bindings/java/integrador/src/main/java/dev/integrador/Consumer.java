package dev.integrador;

import dev.integrador.internal.Native;
import dev.integrador.internal.Reader;
import dev.integrador.internal.Writer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The events of a node, one by one, for an application that has a loop of its own; {@link Node#start} is that loop for the others.
 *
 * <pre>{@code
 * try (Consumer events = node.consumer()) {
 *     while (running) {
 *         Optional<Event> next = events.next(Duration.ofSeconds(1));
 *         if (next.isPresent()) {
 *             handle(next.get());
 *             events.done();
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Each event ends with {@link #done} or {@link #failed} before the next one; one that ends with neither has failed. What is done
 * is acknowledged in groups, within 20 ms. It is used by one thread at a time. Several consumers of a node share the rooms.
 */
public final class Consumer implements AutoCloseable {
    private final Desk desk;
    private final Lookup lookup;
    private final long events;
    private volatile boolean woken;
    private volatile boolean closed;

    Consumer(long node, Desk desk, Lookup lookup) {
        this.desk = desk;
        this.lookup = lookup;
        events = Native.ask(Writer.of("events.open").i64(node)).i64();
    }

    /**
     * The next event; waits until there is one.
     *
     * @param timeout for how long
     * @return the event; nothing when none came within that time
     * @throws InterruptedException the thread was interrupted; no event is lost by that
     * @throws IntegradorException of kind {@code CLOSED}, or {@code STORE} where trying again is of no use
     */
    public Optional<Event> next(Duration timeout) throws InterruptedException {
        long begin = System.nanoTime();
        // The least there is would overflow when something is taken off.
        Duration all = Objects.requireNonNull(timeout, "timeout").isNegative() ? Duration.ZERO : timeout;
        Duration left = all;
        boolean ready;
        do {
            Event event = ask("events.at_hand");
            if (event != null) {
                return Optional.of(event);
            }
            ready = ready(left);
            if (closed) {
                throw Desk.closed();
            }
            left = all.minusNanos(System.nanoTime() - begin);
            // What was ready may be gone by now: it was taken back. And an interrupt may have ended this wait that was of an earlier one.
        } while (ready || !woken && left.compareTo(Duration.ZERO) > 0);
        return Optional.empty();
    }

    private boolean ready(Duration timeout) throws InterruptedException {
        CompletableFuture<Boolean> ready =
                desk.submit(new Operation<>("events.ready", to -> to.i64(events).patience(timeout), Reader::flag));
        try {
            return desk.await(ready);
        } catch (InterruptedException e) {
            endWait();
            throw e;
        }
    }

    private void endWait() {
        Native.ask(Writer.of("events.wake").i64(events));
    }

    /** From now on nobody waits for the next event. */
    void wake() {
        woken = true;
        endWait();
    }

    /** The event that came last was handled; the next one, if it is there already. */
    Event advance() {
        return ask("events.advance");
    }

    private Event ask(String call) {
        Function<Reader, Event> read = from -> Answers.event(from, lookup);
        return Native.ask(Writer.of(call).i64(events)).option(read);
    }

    /**
     * The event that came last was handled: once that is on disk, it never comes again.
     *
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public void done() {
        Native.ask(Writer.of("events.done").i64(events));
    }

    /**
     * The event that came last could not be handled: it comes again after a backoff, and after {@code max_handler_attempts} it is
     * a dead letter.
     *
     * @param why the reason, for people
     * @throws IntegradorException of kind {@code CLOSED}
     */
    public void failed(String why) {
        desk.wait(new Operation<>("events.failed", to -> to.i64(events).text("why", why), from -> null));
    }

    /**
     * Acknowledges what is done at once: on disk when this returns.
     *
     * @throws IntegradorException of kind {@code CLOSED}: the node was closed before that; what is not acknowledged comes again
     */
    public void flush() {
        desk.wait(new Operation<>("events.flush", to -> to.i64(events), from -> null));
    }

    /**
     * Acknowledges what is done, and gives the rest back; an event that ended with neither has failed. Closing again does
     * nothing.
     *
     * @throws IntegradorException of kind {@code CLOSED}: the node was closed before all that was done could be acknowledged; what
     *     could not comes again
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            wake();
            desk.wait(new Operation<>("events.close", to -> to.i64(events), from -> null));
        } finally {
            Native.ask(Writer.of("release").i64(events));
        }
    }
}
