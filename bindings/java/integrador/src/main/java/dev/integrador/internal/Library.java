package dev.integrador.internal;

import dev.integrador.ErrorKind;
import dev.integrador.IntegradorException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Loads the native library: a private copy of what is in the jar, since the JVM loads one file for one class loader only.
 *
 * <p>{@code integrador.library} names a library to be loaded as it is; {@code integrador.tmpdir} the folder for the copy, the
 * default is {@code java.io.tmpdir}.
 */
final class Library {
    private static final boolean WINDOWS = os().equals("Windows");

    private Library() {}

    static void load() {
        String given = System.getProperty("integrador.library");
        if (given != null) {
            load(Path.of(given).toAbsolutePath());
        } else {
            loadCopy();
        }
    }

    private static String os() {
        String name = System.getProperty("os.name");
        // Windows says which one it is.
        return name.startsWith("Windows") ? "Windows" : name;
    }

    private static void loadCopy() {
        String target = os() + "-" + System.getProperty("os.arch");
        String file = System.mapLibraryName("integrador_jni");
        String folder = System.getProperty("integrador.tmpdir", System.getProperty("java.io.tmpdir"));
        Path copy = null;
        try (InputStream library = Library.class.getResourceAsStream("/dev/integrador/native/" + target + "/" + file)) {
            if (library == null) {
                throw failed("this jar has no native library for " + target + "; name one with -Dintegrador.library=FILE", null);
            }
            copy = Files.createTempDirectory(Path.of(folder), "integrador").resolve(file);
            Files.copy(library, copy);
            load(copy);
        } catch (IOException e) {
            throw failed("no private copy of the native library can be made in " + folder
                    + "; name another folder with -Dintegrador.tmpdir=FOLDER", e);
        } finally {
            delete(copy);
        }
    }

    private static void load(Path file) {
        try {
            System.load(file.toString());
        } catch (UnsatisfiedLinkError e) {
            throw failed("the native library can't be loaded from " + file.getParent() + " (" + e.getMessage()
                    + "); if programs may not be run from there, name another folder with -Dintegrador.tmpdir=FOLDER; on Linux it needs "
                    + "glibc 2.28 or newer, which Alpine, say, does not have", e);
        }
    }

    /** Once it is loaded no file is needed any more; Windows keeps it until the process ends. */
    private static void delete(Path copy) {
        if (copy == null) {
            return;
        }
        if (WINDOWS) {
            copy.getParent().toFile().deleteOnExit();
            copy.toFile().deleteOnExit();
            return;
        }
        try {
            Files.deleteIfExists(copy);
            Files.deleteIfExists(copy.getParent());
        } catch (IOException e) {
            // It is in a folder that the system empties.
        }
    }

    /** What the jar says that it is. */
    static String version() {
        Properties properties = new Properties();
        try (InputStream file = Library.class.getResourceAsStream("/dev/integrador/integrador.properties")) {
            properties.load(file);
        } catch (IOException e) {
            throw failed("the jar can't be read", e);
        }
        return properties.getProperty("version");
    }

    static IntegradorException failed(String why, Throwable cause) {
        return new IntegradorException(ErrorKind.CONFIG, why, null, false, cause);
    }
}
