using System;

namespace Integrador
{
    /// <summary>
    /// What the library logs, for the application's own log. Without a sink nothing is kept, and what is below the level that was
    /// asked for costs next to nothing.
    /// </summary>
    public static class IntegradorLog
    {
        /// <summary>
        /// From now on this gets each line, on one background thread: let it return soon. At most 10,000 lines wait for it; what is
        /// beyond that is counted, and the count is a line. What it throws is dropped.
        /// </summary>
        /// <param name="sink">What gets them, in the place of the one before; null: nothing is logged any more.</param>
        /// <param name="least">What is less grave is not kept.</param>
        public static void SetSink(Action<LogLine>? sink, LogLineLevel least = LogLineLevel.Info) => throw new NotImplementedException();
    }
}
