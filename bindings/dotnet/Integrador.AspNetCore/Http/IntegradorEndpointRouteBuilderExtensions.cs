using System;
using Integrador.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Microsoft.AspNetCore.Builder
{
    /// <summary>Lets the application's web server answer the other platforms.</summary>
    public static class IntegradorEndpointRouteBuilderExtensions
    {
        /// <summary>
        /// Hands each request below this path to a node, byte for byte. Which paths and methods there are, and who may post, is for the
        /// node to say: tokens and signatures decide that, so the application must not ask for a login there.
        /// </summary>
        /// <param name="endpoints">The application's endpoints.</param>
        /// <param name="pattern">The path, of which the node has all: <c>/api</c>. It is what others write into their registry files.</param>
        /// <param name="name">What the node was added under; none for the one without a name.</param>
        /// <returns>Takes conventions, such as <c>AllowAnonymous</c>.</returns>
        /// <exception cref="InvalidOperationException">None was added under this name.</exception>
        public static IEndpointConventionBuilder MapIntegrador(
            this IEndpointRouteBuilder endpoints, string pattern = "/api", string? name = null)
        {
            if (endpoints == null)
            {
                throw new ArgumentNullException(nameof(endpoints));
            }

            if (pattern == null)
            {
                throw new ArgumentNullException(nameof(pattern));
            }

            var nodes = (Nodes?)endpoints.ServiceProvider.GetService(typeof(Nodes))
                ?? throw new InvalidOperationException("There is no node: call services.AddIntegrador(…) before MapIntegrador.");
            var log = endpoints.ServiceProvider.GetRequiredService<ILogger<NodeEndpoint>>();
            string node = name ?? string.Empty;
            nodes.Current(node);
            var endpoint = new NodeEndpoint(node, nodes, log);
            var answer = new RequestDelegate(endpoint.AnswerAsync);
            return endpoints.Map(pattern.TrimEnd('/') + "/{**" + NodeEndpoint.Path + "}", answer).WithDisplayName("Integrador " + pattern);
        }
    }
}
