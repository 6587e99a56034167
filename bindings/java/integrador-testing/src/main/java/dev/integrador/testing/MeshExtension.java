package dev.integrador.testing;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** What {@link Platforms} does. */
final class MeshExtension implements ParameterResolver, AfterEachCallback, AfterAllCallback {
    private static final Namespace OURS = Namespace.create(MeshExtension.class);

    /** The meshes that belong to a test, or to its class. */
    private static final class Opened {
        private final List<Mesh> meshes = new ArrayList<>();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.isAnnotated(Platforms.class) && parameter.getParameter().getType() == Mesh.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        Mesh mesh = Mesh.open(parameter.findAnnotation(Platforms.class).orElseThrow().value());
        Store store = test.getStore(OURS);
        // A store answers for those above it too, so each has a key of its own.
        Opened opened = store.get(test.getUniqueId(), Opened.class);
        if (opened == null) {
            opened = new Opened();
            store.put(test.getUniqueId(), opened);
        }
        opened.meshes.add(mesh);
        return mesh;
    }

    @Override
    public void afterEach(ExtensionContext test) {
        close(test);
    }

    @Override
    public void afterAll(ExtensionContext tests) {
        close(tests);
    }

    private static void close(ExtensionContext context) {
        Opened opened = context.getStore(OURS).remove(context.getUniqueId(), Opened.class);
        if (opened != null) {
            opened.meshes.forEach(Mesh::close);
        }
    }
}
