package dev.integrador.internal;

import dev.integrador.IntegradorException;

/** The native library: one method, bytes in and bytes out. */
public final class Native {
    /** Why it can't be loaded, or null. An initializer that throws would say so as an error of the JVM, and only once. */
    private static final IntegradorException FAILURE = load();

    private Native() {}

    private static IntegradorException load() {
        try {
            Library.load();
            String version = Reader.ofAnswer(call(Writer.of("version").bytes())).text();
            return version.equals(Library.version()) ? null : Library.failed("the jar is of version " + Library.version()
                    + ", its native library of " + version + ": take both from one build", null);
        } catch (UnsatisfiedLinkError e) {
            return Library.failed("this is no library of Integrador's: " + System.getProperty("integrador.library")
                    + "; name another one with -Dintegrador.library=FILE", e);
        } catch (IntegradorException e) {
            return e;
        }
    }

    /**
     * Asks the core, and reads its answer.
     *
     * @param request what is asked
     * @return what was returned
     * @throws dev.integrador.IntegradorException what the core says was wrong; of kind {@code CONFIG}: it can't be loaded
     */
    public static Reader ask(Writer request) {
        if (FAILURE != null) {
            throw new IntegradorException(FAILURE.kind(), FAILURE.getMessage(), null, false, FAILURE);
        }
        return Reader.ofAnswer(call(request.bytes()));
    }

    /**
     * What the library exports.
     *
     * @param request what is asked
     * @return the answer
     */
    private static native byte[] call(byte[] request);
}
