package dev.integrador;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that call a listener: each a loop over the events of the node. */
final class Pump {
    private static final Logger LOG = LoggerFactory.getLogger(Pump.class);
    private static final Duration FOREVER = Duration.ofDays(365);

    /** How long it rests when no event could be taken. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** How long stopping waits for the listener to return. */
    private static final Duration LISTENER_ENDS = Duration.ofSeconds(10);

    private final IntegradorListener listener;
    private final List<Worker> workers;
    private volatile boolean stopping;

    private final class Worker implements Runnable {
        private final Consumer events;
        private Thread thread;

        Worker(Consumer events) {
            this.events = events;
        }

        @Override
        public void run() {
            try (events) {
                Event event = null;
                Throwable failure = null;
                while (!stopping) {
                    try {
                        if (failure != null && !passes(failure)) {
                            break;
                        }
                        failure = null;
                        event = event == null ? events.next(FOREVER).orElse(null) : handled(event);
                    } catch (RuntimeException | Error e) {
                        // An event that was under way comes again. Where memory has run out there is none for more than to take note.
                        failure = e;
                        event = null;
                    }
                }
                if (event != null) {
                    // It was taken in the moment before, and nobody has seen it.
                    handled(event);
                }
            } catch (InterruptedException e) {
                LOG.warn("{} was interrupted: the node hands out no more events here until it is started again", thread.getName());
            } catch (IntegradorException e) {
                // It was closed meanwhile.
                LOG.debug("the events ended: {}", e.getMessage());
            }
        }

        /** Whether to try again after a rest, when no event could be taken. */
        private boolean passes(Throwable failure) throws InterruptedException {
            ErrorKind kind = failure instanceof IntegradorException e ? e.kind() : ErrorKind.INTERNAL;
            if (kind == ErrorKind.STORE) {
                tell(() -> LOG.error("the node hands out no more events until it is started again: {}", failure.getMessage(), failure));
            } else if (kind != ErrorKind.CLOSED) {
                tell(() -> LOG.error("no event could be taken, trying again: {}", failure.getMessage(), failure));
                Thread.sleep(PAUSE.toMillis());
                return true;
            }
            return false;
        }

        /** Calls the listener; the next event, if it is there already. */
        private Event handled(Event event) {
            try {
                listener.onEvent(event);
                Thread.interrupted();
            } catch (Throwable e) {
                // Where a log is written to may not bear an interrupt.
                Thread.interrupted();
                events.failed(reported(event, e));
                return null;
            }
            if (stopping) {
                events.done();
                return null;
            }
            return events.advance();
        }
    }

    /** Logs why the listener failed; the reason, as text. */
    private static String reported(Event event, Throwable failure) {
        String what = event.getClass().getSimpleName();
        String why;
        try {
            why = String.valueOf(failure).replaceAll("[\\uD800-\\uDFFF]", "?");
        } catch (Throwable e) {
            // An exception of the application's that can't be shown.
            why = failure.getClass().getName();
        }
        String shown = why;
        if (!tell(() -> LOG.error(
                "the listener failed at {} {} (attempt {}); it comes again", what, event.eventId(), event.attempt(), failure))) {
            tell(() -> LOG.error(
                    "the listener failed at {} {} (attempt {}) by {}; it comes again", what, event.eventId(), event.attempt(), shown));
        }
        return why;
    }

    /** Logs; whether that could be done. What logs is the application's: its failure must not end the events. */
    private static boolean tell(Runnable log) {
        try {
            log.run();
            return true;
        } catch (Throwable e) {
            return false;
        }
    }

    Pump(Node node, IntegradorListener listener, int threads) {
        this.listener = listener;
        workers = IntStream.range(0, threads).mapToObj(number -> new Worker(node.consumer())).toList();
        int number = 0;
        for (Worker worker : workers) {
            worker.thread = Threads.daemon(node, "integrador-events-" + node.name() + "-" + number++, worker);
        }
    }

    /** Lets the listener return, and ends. Called by a listener itself, it does not wait for that one. */
    void stop(boolean wait) {
        stopping = true;
        for (Worker worker : workers) {
            try {
                worker.events.wake();
            } catch (IntegradorException e) {
                // It has ended already.
            }
        }
        if (!wait) {
            return;
        }
        long begin = System.nanoTime();
        for (Worker worker : workers) {
            Duration left = LISTENER_ENDS.minusNanos(System.nanoTime() - begin);
            if (Thread.currentThread() != worker.thread && !Threads.join(worker.thread, left)) {
                LOG.warn("the listener has not returned for {} s; what it is at comes again", LISTENER_ENDS.toSeconds());
            }
        }
    }
}
