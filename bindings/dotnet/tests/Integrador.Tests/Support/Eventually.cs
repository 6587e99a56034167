using System;
using System.Diagnostics;
using System.Threading;
using Xunit;

namespace Integrador.Tests.Support
{
    /// <summary>Waits for what happens in its own time: on a machine that does other things too this may take a while.</summary>
    internal static class Eventually
    {
        internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(55);

        /// <summary>Returns once it is so.</summary>
        internal static void So(string what, Func<bool> look)
        {
            Stopwatch since = Stopwatch.StartNew();
            while (!look())
            {
                Assert.True(since.Elapsed < Patience, $"{what} did not happen within {Patience.TotalSeconds} s");
                Thread.Sleep(10);
            }
        }
    }
}
