using System.Collections.Generic;

namespace Integrador
{
    /// <summary>A figure of the node. Names and units are those of Prometheus' conventions.</summary>
    public sealed class Metric
    {
        internal Metric(string name, IReadOnlyDictionary<string, string> labels, double value, MetricKind kind, string help)
        {
            Name = name;
            Labels = labels;
            Value = value;
            Kind = kind;
            Help = help;
        }

        /// <summary>Such as <c>integrador_waiting</c>; there may be several of one name, each with labels of its own.</summary>
        public string Name { get; }

        /// <summary>What it is of, such as <c>platform=GWT_CHAT</c>.</summary>
        public IReadOnlyDictionary<string, string> Labels { get; }

        /// <summary>A whole number, but for times.</summary>
        public double Value { get; }

        /// <summary>How it moves.</summary>
        public MetricKind Kind { get; }

        /// <summary>What it counts, as a sentence.</summary>
        public string Help { get; }
    }
}
