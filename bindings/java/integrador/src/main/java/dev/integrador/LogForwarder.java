package dev.integrador;

import dev.integrador.internal.Native;
import dev.integrador.internal.Reader;
import dev.integrador.internal.Writer;
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

    private static int nodes;
    private static Thread thread;
    private static volatile boolean wanted;
    private static volatile boolean failed = false;

    private LogForwarder() {}

    /** A node is about to be opened. */
    static synchronized void begin() {
        if (nodes == 0) {
            Native.ask(Writer.of("logs").text("call", "begin"));
            wanted = true;
            attempt(LogForwarder::keep);
            thread = Threads.shared(LogForwarder.class, "integrador-logs", LogForwarder::work);
        }
        nodes++;
    }

    /** A node was closed, or could not be opened. */
    static synchronized void end() {
        if (--nodes == 0) {
            wanted = false;
            Native.ask(Writer.of("logs").text("call", "end"));
            Threads.join(thread);
            thread = null;
        }
    }

    private static void work() {
        while (wanted) {
            attempt(LogForwarder::keep);
            attempt(LogForwarder::take);
        }
        attempt(LogForwarder::take);
    }

    /** What logs is the application's, and memory may run out: neither must keep the next records from being taken. */
    private static void attempt(Runnable step) {
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

    private static void take() {
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

    private static void log(Level level, String target, String message) {
        try {
            LoggerFactory.getLogger("dev." + target.replace("::", ".")).atLevel(level).log(message);
        } catch (Throwable e) {
            attempt(() -> LOG.error("a log record could not be logged", e));
        }
    }
}
