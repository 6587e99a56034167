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
            // A name of its own: that a platform is down is said a few times a minute and process.
            using (var net = new Net("Norte", "Lejos"))
            using (var lines = new Lines(LogLineLevel.Info))
            {
                DateTimeOffset before = DateTimeOffset.UtcNow.AddSeconds(-1);
                net.Open("Norte");
                LogLine? Down() => lines.All.FirstOrDefault(line => line.Message.StartsWith("down: ", StringComparison.Ordinal));
                Eventually.So("a line that Lejos is down", () => Down() != null);
                LogLine one = Down()!;
                Assert.Contains("platform=Lejos", one.Message);
                Assert.Equal("integrador::peers", one.Target);
                Assert.Equal(LogLineLevel.Warn, one.Level);
                Assert.InRange(one.At, before, DateTimeOffset.UtcNow.AddSeconds(1));
                Assert.DoesNotContain("Lejos-Norte", string.Join("\n", lines.All));
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
