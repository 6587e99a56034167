using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Integrador.AspNetCore
{
    /// <summary>
    /// How a node stands: degraded while a platform is down or refuses us, since nothing is lost meanwhile and a restart would not help;
    /// unhealthy when it is closed or can't read its store.
    /// </summary>
    internal sealed class ReadyCheck : IHealthCheck
    {
        private readonly Nodes nodes;
        private readonly string name;

        internal ReadyCheck(Nodes nodes, string name)
        {
            this.nodes = nodes;
            this.name = name;
        }

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            HealthStatus failure = context.Registration.FailureStatus;
            Node? node = nodes.Current(name);
            if (node == null)
            {
                return new HealthCheckResult(failure, "the node is not open yet");
            }

            try
            {
                return Result(await node.GetStatusAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (IntegradorException e)
            {
                return new HealthCheckResult(failure, e.Kind == ErrorKind.Closed ? "the node is closed" : e.Message, e);
            }
        }

        private static HealthCheckResult Result(Status status)
        {
            var troubles = new List<string>();
            var platforms = new Dictionary<string, object>();
            foreach (PlatformStatus platform in status.Platforms)
            {
                platforms[platform.Name] = Data(platform);
                if (platform.Alarm != null)
                {
                    troubles.Add($"{platform.Name} refuses us: {platform.Alarm}");
                }
                else if (platform.Up == false)
                {
                    troubles.Add($"{platform.Name} is down");
                }
            }

            var data = new Dictionary<string, object> { ["name"] = status.Name, ["inbox"] = status.Inbox, ["platforms"] = platforms };
            return troubles.Count == 0
                ? HealthCheckResult.Healthy($"{status.Name} is ready", data)
                : HealthCheckResult.Degraded(string.Join("; ", troubles), null, data);
        }

        private static Dictionary<string, object> Data(PlatformStatus platform)
        {
            var data = new Dictionary<string, object>
            {
                ["state"] = platform.Up == null ? "unknown" : platform.Up == true ? "up" : "down",
                ["waiting"] = platform.Waiting,
                ["dead"] = platform.Dead,
            };
            if (platform.Since is System.DateTimeOffset since)
            {
                data["since"] = since.ToString("O", CultureInfo.InvariantCulture);
            }

            if (platform.Alarm != null)
            {
                data["alarm"] = platform.Alarm;
            }

            return data;
        }
    }
}
