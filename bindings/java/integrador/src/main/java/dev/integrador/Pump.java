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
                while (!stopping) {
                    if (event == null) {
                        event = events.next(FOREVER).orElse(null);
                    } else {
                        event = handled(event);
                    }
                }
                if (event != null) {
                    // It was taken in the moment before, and nobody has seen it.
                    handled(event);
                }
            } catch (InterruptedException e) {
                LOG.warn("{} was interrupted: the node hands out no more events here until it is started again", thread.getName());
            } catch (IntegradorException e) {
                if (e.kind() != ErrorKind.CLOSED) {
                    LOG.error("the node hands out no more events until it is started again: {}", e.getMessage(), e);
                }
            }
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
            LOG.error("the listener failed at {} {} (attempt {}); it comes again", what, event.eventId(), event.attempt(), failure);
        } catch (Throwable e) {
            // An exception of the application's that can't be shown.
            why = failure.getClass().getName();
            LOG.error("the listener failed at {} {} (attempt {}) by {}; it comes again", what, event.eventId(), event.attempt(), why);
        }
        return why;
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
