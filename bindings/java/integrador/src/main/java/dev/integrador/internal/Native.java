package dev.integrador.internal;

import dev.integrador.ErrorKind;
import dev.integrador.IntegradorException;

/** The native library: one method, bytes in and bytes out. */
public final class Native {
    static {
        Library.load();
        String version = ask(Writer.of("version")).text();
        if (!version.equals(Library.version())) {
            String why = "the jar is of version " + Library.version() + ", its native library of " + version + ": take both from one build";
            throw new IntegradorException(ErrorKind.CONFIG, why, null, false, null);
        }
    }

    private Native() {}

    /**
     * Asks the core, and reads its answer.
     *
     * @param request what is asked
     * @return what was returned
     * @throws dev.integrador.IntegradorException what the core says was wrong
     */
    public static Reader ask(Writer request) {
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
