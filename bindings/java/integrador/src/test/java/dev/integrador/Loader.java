package dev.integrador;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A class loader that has all of this once more, as each application of a server has. */
final class Loader implements AutoCloseable {
    private final URLClassLoader loader;

    Loader() throws IOException {
        List<URL> all = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            all.add(Path.of(entry).toUri().toURL());
        }
        loader = new URLClassLoader(all.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    ClassLoader loader() {
        return loader;
    }

    /** Runs a program of the tests there. */
    @SuppressWarnings("unchecked")
    <T> void run(String program, T given) throws ReflectiveOperationException {
        Constructor<?> made = loader.loadClass(program).getDeclaredConstructor();
        made.setAccessible(true);
        ((java.util.function.Consumer<T>) made.newInstance()).accept(given);
    }

    /** What it throws. */
    <T> Exception fails(String program, T given) {
        try {
            run(program, given);
        } catch (Exception e) {
            return e;
        }
        throw new AssertionError("it did not fail");
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }
}
