package dev.integrador;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what happens in its own time: on a machine that does other things too this may take a while. */
final class Eventually {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private Eventually() {}

    /** What is found, once there is something. */
    static <T> T found(String what, Supplier<Optional<T>> look) {
        long begin = System.nanoTime();
        Optional<T> found = look.get();
        while (found.isEmpty()) {
            if (System.nanoTime() - begin > PATIENCE.toNanos()) {
                throw new AssertionError(what + " did not happen within " + PATIENCE.toSeconds() + " s");
            }
            pause();
            found = look.get();
        }
        return found.get();
    }

    /** Returns once it is so. */
    static void so(String what, BooleanSupplier look) {
        found(what, () -> look.getAsBoolean() ? Optional.of(true) : Optional.empty());
    }

    /** Between two looks. */
    static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }
}
