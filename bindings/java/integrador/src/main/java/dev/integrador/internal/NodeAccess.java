package dev.integrador.internal;

import dev.integrador.Node;
import java.lang.invoke.MethodHandles;
import java.util.function.LongSupplier;

/** What other jars of this project do with a node, and applications do not. */
public abstract class NodeAccess {
    private static volatile NodeAccess access;

    /** For {@link Node} alone. */
    protected NodeAccess() {}

    /**
     * Says how it is done; {@link Node} does that.
     *
     * @param by how
     */
    public static void provide(NodeAccess by) {
        access = by;
    }

    /**
     * How it is done.
     *
     * @return that
     */
    public static NodeAccess get() {
        try {
            MethodHandles.lookup().ensureInitialized(Node.class);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
        return access;
    }

    /**
     * A node for what the core opens otherwise.
     *
     * @param opens opens it; its number
     * @return the node, to be closed
     */
    public abstract Node around(LongSupplier opens);

    /**
     * Whether a listener was started that was not stopped.
     *
     * @param node of this node
     * @return whether there is one
     */
    public abstract boolean listens(Node node);
}
