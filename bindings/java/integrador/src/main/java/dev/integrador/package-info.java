/**
 * Integrador: joins separate chat applications, so that their users write to each other and form groups across platforms. The
 * application embeds a {@link dev.integrador.Node} in its own process; there is no hub to run, nothing is lost while a platform is
 * down, and nobody speaks for another platform.
 *
 * <p>What the application publishes gets a {@link dev.integrador.Receipt}; what happens elsewhere reaches it as an
 * {@link dev.integrador.Event}, by way of an {@link dev.integrador.IntegradorListener} or a {@link dev.integrador.Consumer}.
 */
package dev.integrador;
