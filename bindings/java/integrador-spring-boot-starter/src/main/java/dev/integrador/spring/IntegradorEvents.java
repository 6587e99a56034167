package dev.integrador.spring;

import dev.integrador.Event;
import dev.integrador.IntegradorListener;
import dev.integrador.Node;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Hands events to the beans that want them: from when all beans are there and the web server answers, until before it stops. Where
 * no bean wants any, they wait in the node.
 */
final class IntegradorEvents implements SmartLifecycle {
    private final Node node;
    private final int threads;
    private final ConfigurableListableBeanFactory beans;
    private volatile boolean running;

    /** What takes events of one type. */
    private record Taker(Class<?> type, IntegradorListener.Handler<Event> handler) {}

    IntegradorEvents(Node node, int threads, ConfigurableListableBeanFactory beans) {
        this.node = node;
        this.threads = threads;
        this.beans = beans;
    }

    @Override
    public void start() {
        List<Taker> takers = new ArrayList<>();
        beans.getBeanProvider(IntegradorListener.class).orderedStream()
                .forEach(listener -> takers.add(new Taker(Event.class, listener::onEvent)));
        for (String name : beans.getBeanNamesForType(Object.class, true, false)) {
            if (!ScopedProxyUtils.isScopedTarget(name)) {
                addMethods(name, takers);
            }
        }
        if (!takers.isEmpty()) {
            node.start(new IntegradorListener() {
                @Override
                public void onEvent(Event event) throws Exception {
                    for (Taker taker : takers) {
                        if (taker.type().isInstance(event)) {
                            taker.handler().handle(event);
                        }
                    }
                }
            }, threads);
        }
        running = true;
    }

    private void addMethods(String bean, List<Taker> takers) {
        Class<?> type = AutoProxyUtils.determineTargetClass(beans, bean);
        if (type == null || !AnnotationUtils.isCandidateClass(type, IntegradorEventListener.class)) {
            return;
        }
        Set<Method> methods = MethodIntrospector.selectMethods(type, (ReflectionUtils.MethodFilter)
                method -> AnnotatedElementUtils.hasAnnotation(method, IntegradorEventListener.class));
        for (Method method : methods) {
            Class<?>[] parameters = method.getParameterTypes();
            if (parameters.length != 1 || !Event.class.isAssignableFrom(parameters[0])) {
                throw new IllegalStateException("@IntegradorEventListener at " + method.toGenericString() + ": expected one parameter, a "
                        + "Message, Edit, Delete, Reaction, UserChange, RoomChange, PlatformChange, DeliveryChange or Event");
            }
            Method callable = AopUtils.selectInvocableMethod(method, beans.getType(bean));
            ReflectionUtils.makeAccessible(callable);
            takers.add(new Taker(parameters[0], event -> call(callable, bean, event)));
        }
    }

    private void call(Method method, String bean, Event event) throws Exception {
        try {
            method.invoke(beans.getBean(bean), event);
        } catch (InvocationTargetException e) {
            ReflectionUtils.rethrowException(e.getCause());
        }
    }

    @Override
    public void stop() {
        node.stop();
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Last to start and first to stop. */
    @Override
    public int getPhase() {
        return DEFAULT_PHASE;
    }
}
