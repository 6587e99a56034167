package dev.integrador.servlet;

import dev.integrador.Node;
import jakarta.servlet.ServletContext;

/** The node of a web application. */
public final class Integrador {
    /** The attribute of the {@link ServletContext} that holds the node while it is open. */
    public static final String NODE = "dev.integrador.node";

    private Integrador() {}

    /**
     * The node that {@link IntegradorContextListener} opened.
     *
     * @param context the web application, such as a servlet's {@code getServletContext()}
     * @return its node
     * @throws IllegalStateException none is open here
     */
    public static Node node(ServletContext context) {
        if (context.getAttribute(NODE) instanceof Node node) {
            return node;
        }
        throw new IllegalStateException("no node is open in this web application: set the context parameter integrador.platform, "
                + "or register an IntegradorContextListener");
    }
}
