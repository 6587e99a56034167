package dev.integrador;

import dev.integrador.internal.Native;
import dev.integrador.internal.Reader;
import dev.integrador.internal.Writer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Brings what the core logs to SLF4J, by a daemon thread that lives as long as any node of this class loader is open. */
final class LogForwarder {
    /** How often it looks which level is wanted, in milliseconds. */
    private static final long LOOK = 1_000;

    /** So long it rests when something has failed, in nanoseconds. */
    private static final long PAUSE = 10_000_000;

    private static final Logger LOG = LoggerFactory.getLogger("dev.integrador");

    /** How long the end waits for what logs. */
    private static final Duration LOG_ENDS = Duration.ofSeconds(10);

    private static int nodes;
    private static Thread thread;
    private static LogForwarder current;

    private volatile boolean wanted = true;
    private boolean failed = false;

    private LogForwarder() {}

    /** A node is about to be opened. */
    static synchronized void begin() {
        if (nodes == 0) {
            Native.ask(Writer.of("logs").text("call", "begin"));
            current = new LogForwarder();
            current.attempt(LogForwarder::keep);
            thread = Threads.shared(LogForwarder.class, "integrador-logs", current::work);
        }
        nodes++;
    }

    /** A node was closed, or could not be opened. */
    static synchronized void end() {
        if (--nodes == 0) {
            current.wanted = false;
            Native.ask(Writer.of("logs").text("call", "end"));
            // What logs may hang, and must not keep whoever closes a node.
            Threads.join(thread, LOG_ENDS);
            thread = null;
        }
    }

    private void work() {
        while (wanted) {
            attempt(LogForwarder::keep);
            attempt(this::take);
        }
        attempt(this::take);
    }

    /** What logs is the application's, and memory may run out: neither must keep the next records from being taken. */
    private void attempt(Runnable step) {
        try {
            step.run();
        } catch (Throwable e) {
            failed = true;
        }
    }

    /** Says what is wanted. */
    private static void keep() {
        String level = LOG.isTraceEnabled() ? "trace"
                : LOG.isDebugEnabled() ? "debug"
                : LOG.isInfoEnabled() ? "info"
                : LOG.isWarnEnabled() ? "warn"
                : LOG.isErrorEnabled() ? "error" : "off";
        Native.ask(Writer.of("logs").text("call", "keep").text("level", level));
    }

    private void take() {
        if (failed) {
            LockSupport.parkNanos(PAUSE);
            failed = false;
        }
        Reader lines = Native.ask(Writer.of("logs").text("call", "take").i64(LOOK));
        for (int left = lines.i32(); left > 0; left--) {
            log(Level.valueOf(lines.text().toUpperCase(Locale.ROOT)), lines.text(), lines.text());
        }
        long lost = lines.i64();
        if (lost > 0) {
            LOG.warn("{} log records were lost: they came faster than they were taken", lost);
        }
    }

    private void log(Level level, String target, String message) {
        try {
            LoggerFactory.getLogger("dev." + target.replace("::", ".")).atLevel(level).log(message);
        } catch (Throwable e) {
            attempt(() -> LOG.error("a log record could not be logged", e));
        }
    }
}
