using System;
using System.Collections.Concurrent;

namespace Integrador.Tests.Support
{
    /// <summary>What is logged while this is there.</summary>
    internal sealed class Lines : IDisposable
    {
        internal Lines(LogLineLevel least) => IntegradorLog.SetSink(All.Enqueue, least);

        internal ConcurrentQueue<LogLine> All { get; } = new ConcurrentQueue<LogLine>();

        public void Dispose() => IntegradorLog.SetSink(null);
    }
}
