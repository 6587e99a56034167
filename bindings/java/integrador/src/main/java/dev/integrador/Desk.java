package dev.integrador;

import dev.integrador.internal.Native;
import dev.integrador.internal.Reader;
import dev.integrador.internal.Writer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where operations of one node are done. A platform's thread waits in native code. A virtual one would hold its carrier there, and with
 * two of these no more than two messages would ever share a commit: so for these, and for whoever wants a future, an operation is
 * handed in for a ticket and holds no thread, and one daemon thread brings what has ended.
 */
final class Desk {
    private static final Logger LOG = LoggerFactory.getLogger(Desk.class);

    /** So many are taken at once. */
    private static final int MANY = 1_000;

    /** So long it rests when something has failed, in nanoseconds. */
    private static final long PAUSE = 10_000_000;

    /** How long the end waits for what hangs on a future to return. */
    private static final Duration DEPENDENT_ENDS = Duration.ofSeconds(10);

    private final long node;
    private final Thread thread;

    /** By its ticket what waits for an answer; or, where that was faster, the answer that waits for somebody to ask for it. */
    private final Map<Long, Object> tickets = new ConcurrentHashMap<>();

    private volatile boolean over;

    /** Answers were lost, nobody knows whose. Of the thread that brings them. */
    private boolean lost;

    private record Waiting<T>(CompletableFuture<T> future, Function<Reader, T> read) {
        void end(byte[] answer) {
            try {
                future.complete(read.apply(Reader.ofAnswer(answer)));
            } catch (Throwable e) {
                future.completeExceptionally(e);
            }
        }
    }

    Desk(Node owner, long node) {
        this.node = node;
        thread = Threads.daemon(owner, "integrador-completions-" + owner.name(), this::work);
    }

    /** Does it, and waits. */
    <T> T wait(Operation<T> operation) {
        if (Threads.isVirtual()) {
            return join(submit(operation));
        }
        return operation.read().apply(Native.ask(request("wait", operation)));
    }

    private Writer request(String how, Operation<?> operation) {
        Writer request = Writer.of(how).i64(node).text("operation", operation.name());
        operation.arguments().accept(request);
        return request;
    }

    /** Hands an operation in. */
    <T> CompletableFuture<T> submit(Operation<T> operation) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Waiting<T> waiting = new Waiting<>(future, operation.read());
        try {
            long ticket = Native.ask(request("submit", operation)).i64();
            Object answer = tickets.putIfAbsent(ticket, waiting);
            if (answer != null) {
                tickets.remove(ticket);
                waiting.end((byte[]) answer);
            } else if (over && tickets.remove(ticket, waiting)) {
                future.completeExceptionally(closed());
            }
        } catch (IntegradorException e) {
            future.completeExceptionally(e);
        }
        return future;
    }

    /** Waits for what was handed in; on the thread that brings what has ended it brings that itself meanwhile. */
    <T> T join(CompletableFuture<T> future) {
        while (isCurrent() && !future.isDone() && !over) {
            round();
        }
        return Threads.joined(future);
    }

    /** The same for what is no longer waited for when the thread is interrupted. */
    <T> T await(CompletableFuture<T> future) throws InterruptedException {
        if (!isCurrent()) {
            try {
                return future.get();
            } catch (ExecutionException e) {
                // As it is thrown there.
            }
        }
        return join(future);
    }

    /** Whether this is the thread that brings what has ended: nothing that waits for it does while that one waits. */
    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    private void work() {
        while (!over) {
            round();
        }
    }

    /** Waits until something has ended, and says so to whoever waits for it. */
    private void round() {
        try {
            if (lost) {
                LockSupport.parkNanos(PAUSE);
                endAll(Desk::lost);
                lost = false;
            }
            Reader ended = Native.ask(Writer.of("completions").i64(node).i32(MANY).i64(-1));
            for (int left = ended.i32(); left > 0; left--) {
                end(ended.i64(), ended.bytes());
            }
        } catch (IntegradorException e) {
            // The node is closed, and this was all.
            over = true;
            endAll(Desk::closed);
        } catch (Throwable e) {
            // Memory ran out, say. Whoever waits must hear of it, and others must be answered again when there is some. Here is none
            // for more than to take note.
            lost = true;
        }
    }

    /** Nobody waits any more for what was handed in until now; an answer that comes yet finds that it did. */
    private void endAll(Supplier<IntegradorException> why) {
        for (Object waiting : tickets.values()) {
            if (waiting instanceof Waiting<?> of) {
                of.future().completeExceptionally(why.get());
            }
        }
    }

    private void end(long ticket, byte[] answer) {
        if (tickets.putIfAbsent(ticket, answer) instanceof Waiting<?> waiting) {
            tickets.remove(ticket);
            waiting.end(answer);
        }
    }

    /** Waits until the thread has ended, once the node is closed. What hangs on a future may never return: it waits for another, say. */
    void finish() {
        if (!Threads.join(thread, DEPENDENT_ENDS)) {
            LOG.warn("what hangs on a future has not returned for {} s; nothing waits for it any more", DEPENDENT_ENDS.toSeconds());
            over = true;
            endAll(Desk::closed);
        }
    }

    private static IntegradorException lost() {
        String why = "the answer was lost, since the JVM had no memory for it: it may have been done or not; give the JVM more (-Xmx), "
                + "and do it again, a message with its key";
        return new IntegradorException(ErrorKind.INTERNAL, why, null, true, null);
    }

    static IntegradorException closed() {
        return new IntegradorException(ErrorKind.CLOSED, "the node is closed: open it again", null, false, null);
    }
}
