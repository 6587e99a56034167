package dev.integrador.servlet;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.scan.StandardJarScanner;

/** A Tomcat on a port of its own. */
final class Container implements AutoCloseable {
    /** Held, or the level would be forgotten. */
    private static final Logger TOMCAT = Logger.getLogger("org.apache");

    private final Tomcat tomcat = new Tomcat();
    private final Path folder;

    Container(Path folder) throws LifecycleException {
        this.folder = folder;
        TOMCAT.setLevel(Level.SEVERE);
        tomcat.setBaseDir(folder.resolve("tomcat").toString());
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        tomcat.getHost();
        tomcat.start();
    }

    String address() {
        return "http://127.0.0.1:" + tomcat.getConnector().getLocalPort();
    }

    /** A web application of the classes of the test, which declares this listener. */
    Context start(String path, Class<?> listener, Map<String, String> parameters) {
        StandardContext context = new StandardContext();
        context.setPath(path);
        context.addLifecycleListener(new Tomcat.FixContextListener());
        parameters.forEach(context::addParameter);
        context.addApplicationListener(listener.getName());
        tomcat.getHost().addChild(context);
        return context;
    }

    /** What Tomcat says about a web application that does not start. */
    String failure(Class<?> listener, Map<String, String> parameters) throws Exception {
        StringBuffer said = new StringBuffer();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                said.append(line.getThrown() == null ? "" : line.getThrown().getMessage() + "\n");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        TOMCAT.addHandler(handler);
        TOMCAT.setUseParentHandlers(false);
        try {
            Context context = start("/failing", listener, parameters);
            boolean available = context.getState().isAvailable();
            stop(context);
            return available ? "it started" : said.toString();
        } finally {
            TOMCAT.setUseParentHandlers(true);
            TOMCAT.removeHandler(handler);
        }
    }

    /** A web application as it is deployed: its jars and classes in a class loader of its own. */
    Context deploy(String path, Map<String, String> parameters, Class<?>... classes) throws Exception {
        Path web = folder.resolve("webapps" + path);
        Path classFolder = Files.createDirectories(web.resolve("WEB-INF/classes"));
        Path jars = Files.createDirectories(web.resolve("WEB-INF/lib"));
        for (Class<?> one : List.of(dev.integrador.Node.class, IntegrationServlet.class, org.slf4j.Logger.class)) {
            jar(Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI()), jars.resolve(one.getSimpleName() + ".jar"));
        }
        for (Class<?> one : classes) {
            String file = one.getName().replace('.', '/') + ".class";
            Path target = classFolder.resolve(file);
            Files.createDirectories(target.getParent());
            Files.write(target, one.getClassLoader().getResourceAsStream(file).readAllBytes());
        }
        StringBuilder xml = new StringBuilder("<web-app xmlns=\"https://jakarta.ee/xml/ns/jakartaee\" version=\"5.0\">\n");
        parameters.forEach((name, value) -> xml.append("""
                <context-param><param-name>%s</param-name><param-value>%s</param-value></context-param>
                """.formatted(name, value)));
        Files.writeString(web.resolve("WEB-INF/web.xml"), xml + "</web-app>\n");

        StandardContext context = new StandardContext();
        context.setPath(path);
        context.setDocBase(web.toString());
        context.setParentClassLoader(new ContainerOnly());
        context.addLifecycleListener(new ContextConfig());
        StandardJarScanner scanner = new StandardJarScanner();
        scanner.setScanClassPath(false);
        context.setJarScanner(scanner);
        tomcat.getHost().addChild(context);
        return context;
    }

    void stop(Context context) throws LifecycleException {
        tomcat.getHost().removeChild(context);
        if (context.getState().isAvailable()) {
            context.stop();
            context.destroy();
        }
    }

    @Override
    public void close() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
    }

    private static void jar(Path classes, Path file) throws IOException {
        if (Files.isRegularFile(classes)) {
            Files.copy(classes, file);
            return;
        }
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file)); Stream<Path> all = Files.walk(classes)) {
            for (Path one : all.filter(Files::isRegularFile).toList()) {
                jar.putNextEntry(new JarEntry(classes.relativize(one).toString()));
                Files.copy(one, jar);
            }
        }
    }

    /** What a container has itself: nothing of the application's is on the test's class path for it. */
    private static final class ContainerOnly extends ClassLoader {
        private static final List<String> APPLICATION = List.of("dev.integrador.", "org.slf4j.", "webapp.");

        ContainerOnly() {
            super(Container.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (APPLICATION.stream().anyMatch(name::startsWith)) {
                throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
        }

        @Override
        public URL getResource(String name) {
            return isOfApplication(name) ? null : super.getResource(name);
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            return isOfApplication(name) ? Collections.emptyEnumeration() : super.getResources(name);
        }

        private static boolean isOfApplication(String resource) {
            String name = resource.replace("META-INF/services/", "").replace('/', '.');
            return APPLICATION.stream().anyMatch(name::startsWith);
        }
    }
}
