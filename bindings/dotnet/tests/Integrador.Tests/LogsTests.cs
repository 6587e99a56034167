using System;
using System.Linq;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>What the core logs reaches the application.</summary>
    public sealed class LogsTests
    {
        [Fact]
        public void A_line_has_a_level_a_target_and_a_time_and_comes_while_there_is_a_sink()
        {
            using (var pair = new Pair())
            {
                {
                    using (var lines = new Lines(LogLineLevel.Info))
                    {
                        DateTimeOffset before = DateTimeOffset.UtcNow.AddSeconds(-1);
                        pair.Sur.Close();
                        pair.Say("hola");
                        Eventually.So("a line about Sur", () => lines.All.Any(line => line.Message.Contains("Sur", StringComparison.Ordinal)));
                        LogLine one = lines.All.First(line => line.Message.Contains("Sur", StringComparison.Ordinal));
                        Assert.StartsWith("integrador::", one.Target);
                        Assert.InRange(one.At, before, DateTimeOffset.UtcNow.AddSeconds(1));
                        Assert.True(one.Level >= LogLineLevel.Info);
                        Assert.DoesNotContain("Norte-Sur", string.Join("\n", lines.All));
                    }
                }
            }
        }

        [Fact]
        public void A_sink_that_throws_keeps_nothing_from_coming()
        {
            using (var folder = new Folder())
            {
                int called = 0;
                try
                {
                    IntegradorLog.SetSink(
                        line =>
                        {
                            called++;
                            throw new InvalidOperationException("the log is full");
                        },
                        LogLineLevel.Trace);
                    for (int n = 0; n < 3; n++)
                    {
                        Node.Open(new NodeOptions { Platform = "Norte", Store = folder.File(n + ".db") }).Dispose();
                    }
                    IntegradorLog.Write(LogLineLevel.Warn, "one");
                    IntegradorLog.Write(LogLineLevel.Warn, "two");
                    Eventually.So("several calls", () => called >= 2);
                }
                finally
                {
                    IntegradorLog.SetSink(null);
                }
            }
        }
    }
}
