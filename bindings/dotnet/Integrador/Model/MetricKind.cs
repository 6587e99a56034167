namespace Integrador
{
    /// <summary>How a figure moves.</summary>
    public enum MetricKind
    {
        /// <summary>It only grows, from 0 when the node was opened.</summary>
        Counter,

        /// <summary>It is as things are now.</summary>
        Gauge,
    }
}
