using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Integrador.AspNetCore
{
    /// <summary>Whether a node is open.</summary>
    internal sealed class LiveCheck : IHealthCheck
    {
        private readonly Nodes nodes;
        private readonly string name;

        internal LiveCheck(Nodes nodes, string name)
        {
            this.nodes = nodes;
            this.name = name;
        }

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            Node? node = nodes.Current(name);
            if (node == null || node.IsClosed)
            {
                string why = node == null ? "the node is not open yet" : "the node is closed";
                return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, why));
            }

            return Task.FromResult(HealthCheckResult.Healthy($"{node.Name} is open"));
        }
    }
}
