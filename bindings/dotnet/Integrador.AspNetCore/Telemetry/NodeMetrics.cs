#if NET8_0_OR_GREATER
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Integrador.AspNetCore
{
    /// <summary>
    /// The figures of all nodes as instruments of the meter <c>Integrador</c>: <c>integrador_sent_total</c> is <c>integrador.sent</c>, and
    /// Prometheus' exporter calls it by its own name again.
    /// </summary>
    internal sealed class NodeMetrics : IDisposable
    {
        private const string Name = "Integrador";

        /// <summary>One question to the nodes is enough for all instruments of a collection.</summary>
        private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

        private readonly Nodes nodes;
        private readonly IMeterFactory? meters;
        private readonly object gate = new object();
        private readonly HashSet<string> instruments = new HashSet<string>(StringComparer.Ordinal);
        private Dictionary<string, List<Measurement<double>>> figures = new Dictionary<string, List<Measurement<double>>>();
        private long asked;
        private Meter? meter;

        public NodeMetrics(Nodes nodes, IServiceProvider provider)
        {
            this.nodes = nodes;
            meters = provider.GetService<IMeterFactory>();
        }

        /// <summary>The nodes are open, and their figures are known.</summary>
        internal void Begin()
        {
            lock (gate)
            {
                meter ??= meters?.Create(new MeterOptions(Name)) ?? new Meter(Name);
                Ask();
            }
        }

        public void Dispose() => meter?.Dispose();

        private IEnumerable<Measurement<double>> Observe(string name)
        {
            lock (gate)
            {
                if (Stopwatch.GetElapsedTime(asked) > Fresh)
                {
                    Ask();
                }

                return figures.TryGetValue(name, out List<Measurement<double>>? found) ? found : (IEnumerable<Measurement<double>>)Array.Empty<Measurement<double>>();
            }
        }

        private void Ask()
        {
            asked = Stopwatch.GetTimestamp();
            var figures = new Dictionary<string, List<Measurement<double>>>(StringComparer.Ordinal);
            foreach (string name in nodes.Names)
            {
                Node? node = nodes.Current(name);
                if (node == null || node.IsClosed)
                {
                    continue;
                }

                try
                {
                    Add(node, figures);
                }
                catch (IntegradorException)
                {
                    // It is closed, and has no figures any more.
                }
            }

            this.figures = figures;
        }

        private void Add(Node node, Dictionary<string, List<Measurement<double>>> figures)
        {
            foreach (Metric metric in node.Metrics())
            {
                if (!figures.TryGetValue(metric.Name, out List<Measurement<double>>? measured))
                {
                    figures[metric.Name] = measured = new List<Measurement<double>>();
                    if (instruments.Add(metric.Name))
                    {
                        AddInstrument(metric);
                    }
                }

                var tags = new List<KeyValuePair<string, object?>>(metric.Labels.Count + 1)
                {
                    new KeyValuePair<string, object?>("integrador.node", node.Name),
                };
                foreach (KeyValuePair<string, string> label in metric.Labels)
                {
                    tags.Add(new KeyValuePair<string, object?>(label.Key, label.Value));
                }

                measured.Add(new Measurement<double>(metric.Value, tags));
            }
        }

        private void AddInstrument(Metric metric)
        {
            string of = metric.Name;
            string name = Without(Without(of, "_total"), "_seconds").Replace('_', '.');
            string? unit = of.Contains("_seconds", StringComparison.Ordinal) ? "s" : null;
            if (metric.Kind == MetricKind.Counter)
            {
                meter!.CreateObservableCounter(name, () => Observe(of), unit, metric.Help);
            }
            else
            {
                meter!.CreateObservableGauge(name, () => Observe(of), unit, metric.Help);
            }
        }

        private static string Without(string name, string end) =>
            name.EndsWith(end, StringComparison.Ordinal) ? name.Substring(0, name.Length - end.Length) : name;
    }
}
#else
namespace Integrador.AspNetCore
{
    /// <summary>There is no meter before .NET 8: <c>Node.Metrics</c> and <c>Node.Prometheus</c> have the figures.</summary>
    internal sealed class NodeMetrics
    {
        internal void Begin()
        {
        }
    }
}
#endif
