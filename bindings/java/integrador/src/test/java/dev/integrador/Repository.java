package dev.integrador;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the tests find what is not theirs: the files that all languages share, and programs. */
final class Repository {
    /** The folder of the whole project. */
    static final Path ROOT = root();

    private Repository() {}

    private static Path root() {
        Path folder = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        while (!Files.exists(folder.resolve("tests/scenarios/index.json"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    static JsonElement json(String file) {
        try {
            return JsonParser.parseString(Files.readString(ROOT.resolve(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A program that a system property or a variable of the environment names, or that is where it usually is. */
    static Optional<Path> program(String property, String variable, String... usual) {
        for (String given : new String[] {System.getProperty(property), System.getenv(variable)}) {
            if (given != null && !given.isEmpty()) {
                return Optional.of(Path.of(given).toAbsolutePath());
            }
        }
        for (String path : usual) {
            if (Files.isExecutable(ROOT.resolve(path))) {
                return Optional.of(ROOT.resolve(path));
            }
        }
        return Optional.empty();
    }
}
