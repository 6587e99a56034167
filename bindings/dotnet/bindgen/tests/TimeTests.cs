using System;
using Integrador.Sample;
using Xunit;

namespace Integrador.Bindgen.Tests
{
    /// <summary>Moments and durations, to the tick, and what is done with what .NET or UniFFI can't hold.</summary>
    public class TimeTests
    {
        private static readonly DateTimeOffset Epoch = DateTimeOffset.FromUnixTimeSeconds(0);

        [Fact]
        public void Moments_come_back_to_the_tick()
        {
            var moments = new[]
            {
                Epoch,
                Epoch.AddTicks(1),
                Epoch.AddSeconds(-1),
                Epoch.AddSeconds(-1).AddTicks(-1),
                new DateTimeOffset(2024, 2, 29, 23, 59, 59, TimeSpan.FromHours(5.5)).AddTicks(9_999_999),
                DateTimeOffset.MinValue,
                DateTimeOffset.MaxValue,
            };
            foreach (var moment in moments)
            {
                Assert.Equal(moment, IntegradorBindgenSample.EchoTime(moment));
            }
        }

        [Fact]
        public void Moments_arrive_in_rust_as_they_are()
        {
            Assert.Equal(100L, IntegradorBindgenSample.Nanoseconds(Epoch.AddTicks(1)));
            Assert.Equal(-1_000_000_100L, IntegradorBindgenSample.Nanoseconds(Epoch.AddSeconds(-1).AddTicks(-1)));
            Assert.Equal(1_500_000_000L, IntegradorBindgenSample.Nanoseconds(new DateTimeOffset(1970, 1, 1, 1, 0, 1, 500, TimeSpan.FromHours(1))));
        }

        [Fact]
        public void The_last_second_before_1970_is_refused() =>
            Assert.Contains("before 1970", Assert.Throws<ArgumentOutOfRangeException>(() => IntegradorBindgenSample.EchoTime(Epoch.AddTicks(-1))).Message);

        [Fact]
        public void Moments_out_of_range_become_the_first_or_the_last()
        {
            Assert.Equal(DateTimeOffset.MaxValue, IntegradorBindgenSample.FarFuture());
            Assert.Equal(DateTimeOffset.MinValue, IntegradorBindgenSample.FarPast());
        }

        [Fact]
        public void Durations_come_back_to_the_tick()
        {
            foreach (var duration in new[] { TimeSpan.Zero, new TimeSpan(1), TimeSpan.FromDays(400.5), TimeSpan.MaxValue })
            {
                Assert.Equal(duration, IntegradorBindgenSample.EchoDuration(duration));
            }
        }

        [Fact]
        public void A_negative_duration_is_refused() =>
            Assert.Throws<ArgumentOutOfRangeException>(() => IntegradorBindgenSample.EchoDuration(new TimeSpan(-1)));

        [Fact]
        public void A_duration_out_of_range_becomes_the_longest() => Assert.Equal(TimeSpan.MaxValue, IntegradorBindgenSample.Longest());

        [Fact]
        public void What_is_less_than_a_tick_is_dropped() => Assert.Equal(new TimeSpan(5_000_000), IntegradorBindgenSample.Fine());
    }
}
