/**
 * Everything that this chat does with other platforms, and the package to copy from.
 *
 * <p>{@code IntegrationServlet}, which others reach under {@code /api/*}, comes with the library. {@link
 * gwtchat.integration.IntegrationClient} publishes what happens here; {@link gwtchat.integration.IntegrationService}
 * stores what happens elsewhere. No ids are bound and nothing is translated: this chat's keys are text, so that the id of
 * a room of another platform, {@code BuasApp:7}, is its key here too.
 */
package gwtchat.integration;
