using System;
using System.IO;
using Microsoft.Extensions.DependencyInjection;

namespace NetCoreChat.Integration
{
    /// <summary>Adds to the chat all that it does with other platforms; where the others reach it, <c>ChatHost</c> maps.</summary>
    internal static class IntegrationSetup
    {
        internal static void AddIntegration(this IServiceCollection services, Options options)
        {
            services
                .AddIntegrador(node =>
                {
                    node.Platform = options.Name;
                    // Another file than the chat's journal: the node's store is the node's own.
                    node.Store = Path.Combine(options.Data, "node.db");
                    node.Platforms = options.Platforms;
                    // Less than what the application takes to stop.
                    node.CloseTimeout = TimeSpan.FromSeconds(5);
                })
                .AddHandler<ChatEvents>();
            services.AddIntegrationServices();
        }

        /// <summary>The same with a node that is open already, whose events somebody else hands out.</summary>
        internal static void AddIntegrationServices(this IServiceCollection services)
        {
            services.AddSingleton<WhoIsThere>();
            services.AddSingleton<Importer>();
            services.AddSingleton<Memberships>();
            services.AddSingleton<ChatEvents>();
            services.AddSingleton<Publisher>();
            services.AddHostedService(provider => provider.GetRequiredService<Publisher>());
        }
    }
}
