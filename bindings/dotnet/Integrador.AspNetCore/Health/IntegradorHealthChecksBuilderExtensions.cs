using System;
using Integrador.AspNetCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection
{
    /// <summary>Adds how a node is to the health checks of an application.</summary>
    public static class IntegradorHealthChecksBuilderExtensions
    {
        /// <summary>
        /// Adds two checks. <c>integrador-live</c>, with the tag <c>live</c>: whether the node is open; if it is not, a restart helps.
        /// <c>integrador-ready</c>, with the tag <c>ready</c>: whether it can read its store; degraded while a platform is down or refuses
        /// us, since nothing is lost meanwhile, with data for each platform.
        /// </summary>
        /// <param name="builder">The application's health checks.</param>
        /// <param name="name">What the node was added under; none for the one without a name. With one the checks are called
        /// <c>integrador-NAME-live</c> and <c>integrador-NAME-ready</c>.</param>
        /// <returns>The same builder.</returns>
        public static IHealthChecksBuilder AddIntegrador(this IHealthChecksBuilder builder, string? name = null)
        {
            if (builder == null)
            {
                throw new ArgumentNullException(nameof(builder));
            }

            string node = name ?? string.Empty;
            string prefix = node.Length == 0 ? "integrador-" : $"integrador-{node}-";
            return builder
                .Add(new HealthCheckRegistration(prefix + "live", provider => new LiveCheck(NodesOf(provider), node), null, new[] { "live" }))
                .Add(new HealthCheckRegistration(prefix + "ready", provider => new ReadyCheck(NodesOf(provider), node), null, new[] { "ready" }));
        }

        private static Nodes NodesOf(IServiceProvider provider) =>
            (Nodes?)provider.GetService(typeof(Nodes))
                ?? throw new InvalidOperationException("There is no node: call services.AddIntegrador(…) too.");
    }
}
