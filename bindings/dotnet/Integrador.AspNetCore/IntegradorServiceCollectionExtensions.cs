using System;
using System.Linq;
using Integrador;
using Integrador.AspNetCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection
{
    /// <summary>Adds a node of Integrador to an application.</summary>
    public static class IntegradorServiceCollectionExtensions
    {
        /// <summary>
        /// Adds the application's node. It is opened when the application starts, or when somebody asks for a <see cref="Node"/> before
        /// that, and closed when the application stops.
        /// </summary>
        /// <param name="services">The application's services.</param>
        /// <param name="configure">Sets options, after the configuration section <c>Integrador</c> has.</param>
        /// <returns>What handles its events is added to this.</returns>
        public static IntegradorBuilder AddIntegrador(this IServiceCollection services, Action<IntegradorOptions>? configure = null) =>
            Add(services, string.Empty, configure);

        /// <summary>
        /// Adds a further node, under a name: <see cref="IIntegradorNodes"/> gives it, and, from .NET 8 on, so do keyed services.
        /// </summary>
        /// <param name="services">The application's services.</param>
        /// <param name="name">What the application calls this node. Others know it by its platform's name.</param>
        /// <param name="configure">Sets options, after the configuration section <c>Integrador:Nodes:NAME</c> has.</param>
        /// <returns>What handles its events is added to this.</returns>
        public static IntegradorBuilder AddIntegrador(
            this IServiceCollection services, string name, Action<IntegradorOptions>? configure = null)
        {
            if (string.IsNullOrWhiteSpace(name))
            {
                throw new ArgumentException("Expected a name.", nameof(name));
            }

            return Add(services, name, configure);
        }

        private static IntegradorBuilder Add(IServiceCollection services, string name, Action<IntegradorOptions>? configure)
        {
            if (services == null)
            {
                throw new ArgumentNullException(nameof(services));
            }

            services.AddOptions();
            services.AddLogging();
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<IntegradorOptions>, Faults>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, NodesService>());
            services.TryAddSingleton<Nodes>();
            services.TryAddSingleton<IIntegradorNodes>(provider => provider.GetRequiredService<Nodes>());
            services.TryAddSingleton<CoreLogs>();
            services.TryAddSingleton<NodeMetrics>();
            bool known = services.Any(service => service.ImplementationInstance is NodeName other && other.Name == name);
            if (!known)
            {
                services.AddSingleton(new NodeName(name));
                services.AddSingleton<IConfigureOptions<IntegradorOptions>>(
                    provider => new Section(name, provider.GetService<IConfiguration>()));
                if (name.Length == 0)
                {
                    services.TryAddSingleton(provider => provider.GetRequiredService<Nodes>().Get());
                }

#if NET8_0_OR_GREATER
                services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredService<Nodes>().Get(name));
#endif
            }

            if (configure != null)
            {
                services.Configure(name, configure);
            }

            return new IntegradorBuilder(services, name);
        }
    }
}
