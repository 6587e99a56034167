package dev.integrador.spring;

import dev.integrador.Node;

/** A bean that configures the node, after the properties. */
@FunctionalInterface
public interface IntegradorCustomizer {
    /**
     * Configures it.
     *
     * @param builder what configures the node
     */
    void customize(Node.Builder builder);
}
