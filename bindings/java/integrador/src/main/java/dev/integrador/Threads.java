package dev.integrador;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Threads of this library are daemons: none keeps a JVM from ending. */
final class Threads {
    private Threads() {}

    /** One that knows whose it is. */
    private static final class Owned extends Thread {
        private final Object owner;

        Owned(Object owner, String name, Runnable work) {
            // What the one who starts it has in its thread is not for this one to keep.
            super(null, work, name, 0, false);
            this.owner = owner;
        }
    }

    static Thread daemon(Object owner, String name, Runnable work) {
        return started(new Owned(owner, name, work), Thread.currentThread().getContextClassLoader());
    }

    /** One for several applications, where they share this jar: it keeps none of them. */
    static Thread shared(Class<?> owner, String name, Runnable work) {
        return started(new Owned(owner, name, work), owner.getClassLoader());
    }

    private static Thread started(Thread thread, ClassLoader loader) {
        thread.setContextClassLoader(loader);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Whether the current thread is one of this owner's. */
    static boolean isOf(Object owner) {
        return Thread.currentThread() instanceof Owned thread && thread.owner == owner;
    }

    /** {@code Thread.isVirtual}; null before Java 21, which has none. */
    private static final MethodHandle IS_VIRTUAL = isVirtualHandle();

    private static MethodHandle isVirtualHandle() {
        try {
            return MethodHandles.publicLookup().findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** Whether the current thread is one that must not wait in native code. */
    static boolean isVirtual() {
        try {
            return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Does what waits in native code, apart from a virtual thread, which would hold its carrier meanwhile. */
    static <T> T waiting(Supplier<T> work) {
        if (!isVirtual()) {
            return work.get();
        }
        CompletableFuture<T> done = new CompletableFuture<>();
        daemon(Threads.class, "integrador-open", () -> {
            try {
                done.complete(work.get());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return joined(done);
    }

    /** What a future that nobody else has ends with. */
    static <T> T joined(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IntegradorException why) {
                // Nobody else has it: let it say where it was called from.
                why.fillInStackTrace();
                throw why;
            }
            throw e;
        }
    }

    /** Waits until it has ended, however often it is interrupted; the interrupt is kept. */
    static void join(Thread thread) {
        join(thread, Duration.ofNanos(Long.MAX_VALUE));
    }

    /** The same, for at most so long; whether it has ended. */
    static boolean join(Thread thread, Duration patience) {
        long begin = System.nanoTime();
        boolean interrupted = false;
        while (thread.isAlive()) {
            long left = patience.toNanos() - (System.nanoTime() - begin);
            if (left <= 0) {
                break;
            }
            try {
                // Whole milliseconds, at least one: 0 would be for ever.
                thread.join(left / 1_000_000 + 1);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
