package dev.integrador;

import dev.integrador.internal.Reader;
import dev.integrador.internal.Writer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What waits for the store or the network.
 *
 * @param name its name in the native part
 * @param arguments writes what belongs to it
 * @param read reads what it returned
 */
record Operation<T>(String name, Consumer<Writer> arguments, Function<Reader, T> read) {}
