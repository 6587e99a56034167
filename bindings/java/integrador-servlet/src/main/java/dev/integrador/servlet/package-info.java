/**
 * Integrador in a web application: {@link dev.integrador.servlet.IntegradorContextListener} opens the node when the application
 * starts and closes it when it stops, and {@link dev.integrador.servlet.IntegrationServlet} answers the other platforms. With this jar
 * and the context parameters {@code integrador.platform}, {@code integrador.store} and {@code integrador.platforms} both are there.
 */
package dev.integrador.servlet;
