/**
 * Integrador in a Spring Boot application. With this jar and the properties {@code integrador.platform}, {@code integrador.store} and
 * {@code integrador.platforms} there is a bean {@link dev.integrador.Node}, it answers the other platforms under {@code /api}, and
 * what happens elsewhere is handed to methods with {@link dev.integrador.spring.IntegradorEventListener} and to beans that
 * implement {@link dev.integrador.IntegradorListener}. With Actuator there are its health and its metrics.
 */
package dev.integrador.spring;
