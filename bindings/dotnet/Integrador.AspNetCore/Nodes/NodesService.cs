using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Integrador.AspNetCore
{
    /// <summary>
    /// Opens the nodes when the application starts, hands out their events from when it has started until it begins to stop, and closes
    /// them at the end. The web server starts after this and stops before it, so whoever asks finds the node open.
    /// </summary>
    internal sealed class NodesService : IHostedService, IDisposable
    {
        private readonly Nodes nodes;
        private readonly CoreLogs logs;
        private readonly NodeMetrics metrics;
        private readonly IHostApplicationLifetime lifetime;
        private readonly ILogger<NodesService> log;
        private readonly List<Pump> pumps;
        private readonly List<CancellationTokenRegistration> registrations = new List<CancellationTokenRegistration>();

        public NodesService(
            Nodes nodes,
            CoreLogs logs,
            NodeMetrics metrics,
            IEnumerable<HandlerEntry> handlers,
            IServiceScopeFactory scopes,
            IHostApplicationLifetime lifetime,
            ILogger<NodesService> log)
        {
            this.nodes = nodes;
            this.logs = logs;
            this.metrics = metrics;
            this.lifetime = lifetime;
            this.log = log;
            pumps = handlers
                .GroupBy(handler => handler.Node)
                .Select(group => new Pump(nodes, group.Key, new ScopedHandler(group.Key, group.ToArray(), scopes)))
                .ToList();
        }

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            Validate();
            await nodes.OpenAllAsync(cancellationToken).ConfigureAwait(false);
            metrics.Begin();
            foreach (Pump pump in pumps)
            {
                registrations.Add(lifetime.ApplicationStarted.Register(pump.Start));
                registrations.Add(lifetime.ApplicationStopping.Register(pump.BeginStop));
            }
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await Task.WhenAll(pumps.Select(pump => pump.StopAsync(cancellationToken))).ConfigureAwait(false);
            Task closed = nodes.CloseAllAsync();
            if (!await closed.EndsBefore(cancellationToken).ConfigureAwait(false))
            {
                log.LogWarning("a node is still closing when the time of the application is over; what is cut off is sent again at the next start");
            }

            logs.End();
        }

        public void Dispose()
        {
            foreach (CancellationTokenRegistration registration in registrations)
            {
                registration.Dispose();
            }
        }

        /// <summary>All that is wrong with the options of any node, in one exception.</summary>
        private void Validate()
        {
            var faults = new List<string>();
            foreach (string name in nodes.Names)
            {
                try
                {
                    nodes.OptionsOf(name);
                }
                catch (OptionsValidationException e)
                {
                    faults.AddRange(e.Failures);
                }
            }

            if (faults.Count > 0)
            {
                throw new OptionsValidationException(nodes.Names[0], typeof(IntegradorOptions), faults);
            }
        }
    }
}
