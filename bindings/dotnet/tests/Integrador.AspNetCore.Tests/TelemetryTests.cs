#if NET8_0_OR_GREATER
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>The node's figures are instruments, and its events are part of traces.</summary>
    public sealed class TelemetryTests : IDisposable
    {
        private readonly Folder folder = new Folder();

        public void Dispose() => folder.Dispose();

        /// <summary>The values of all instruments of this node, as <c>name{platform}</c>.</summary>
        private static Dictionary<string, double> Collect(string node)
        {
            var values = new Dictionary<string, double>();
            using var listener = new MeterListener
            {
                InstrumentPublished = (instrument, self) =>
                {
                    if (instrument.Meter.Name == "Integrador")
                    {
                        self.EnableMeasurementEvents(instrument);
                    }
                },
            };
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            {
                var all = new Dictionary<string, object?>(tags.ToArray());
                if (Equals(all["integrador.node"], node))
                {
                    values[instrument.Name + (all.TryGetValue("platform", out object? platform) ? $"{{{platform}}}" : string.Empty)] = value;
                }
            });
            listener.Start();
            listener.RecordObservableInstruments();
            return values;
        }

        [Fact]
        public async Task The_nodes_figures_are_instruments_and_those_of_a_later_platform_too()
        {
            string name = "S" + Guid.NewGuid().ToString("N");
            using var norte = new Peer(folder);
            string empty = folder.Registry("sur.json");
            Dictionary<string, string> settings = App.Settings(folder, empty);
            settings["Integrador:Platform"] = name;
            await using App sur = await App.Start(settings, services => services.AddIntegrador().AddHandler(_ => { }));
            Dictionary<string, double> before = Collect(name);
            Assert.Equal(0, before["integrador.sent"]);
            Assert.Contains("integrador.last.arrival.timestamp", before.Keys);
            Assert.DoesNotContain("integrador.up{Norte}", before.Keys);
            norte.Known();
            await norte.Meet(name, sur.Address + "/api/");
            await sur.Node.PublishUserAsync("1", "Ana");
            await Eventually.So("Norte is up", () => Collect(name).TryGetValue("integrador.up{Norte}", out double up) && up == 1);
            await norte.Node.PublishMessageAsync("1", "1", "hola");
            await Eventually.So("what came and went is counted", () => Collect(name) is var now && now["integrador.received"] >= 3 && now["integrador.sent"] >= 1);
        }

        [Fact]
        public async Task A_closed_application_has_no_figures_any_more()
        {
            string name = "S" + Guid.NewGuid().ToString("N");
            Dictionary<string, string> settings = App.Settings(folder);
            settings["Integrador:Platform"] = name;
            await using (App sur = await App.Start(settings, services => services.AddIntegrador()))
            {
                Assert.NotEmpty(Collect(name));
            }

            Assert.Empty(Collect(name));
        }

        [Fact]
        public async Task Handling_a_message_is_part_of_the_trace_in_which_it_was_written()
        {
            var ended = new BlockingCollection<Activity>();
            using var listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Integrador" || source.Name == "test",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = activity =>
                {
                    if (activity.OperationName == "process message")
                    {
                        ended.Add(activity);
                    }
                },
            };
            ActivitySource.AddActivityListener(listener);
            using var source = new ActivitySource("test");
            string? during = null;
            using var norte = new Peer(folder);
            await using App sur = await App.Start(App.Settings(folder, norte.Known()), services => services.AddIntegrador().AddHandler(message =>
            {
                during = Activity.Current?.TraceId.ToString();
                if (message.Attempt == 1)
                {
                    throw new InvalidOperationException("the database is busy");
                }
            }));
            await norte.Meet("Sur", sur.Address + "/api/");
            string trace, span;
            using (Activity request = source.StartActivity("request")!)
            {
                trace = request.TraceId.ToString();
                span = request.SpanId.ToString();
                await norte.Node.PublishMessageAsync("1", "1", "hola");
            }

            Activity first = await ended.Next();
            Activity second = await ended.Next();
            foreach (Activity activity in new[] { first, second })
            {
                Assert.Equal(ActivityKind.Consumer, activity.Kind);
                Assert.Equal(trace, activity.TraceId.ToString());
                Assert.Equal(span, activity.ParentSpanId.ToString());
                Assert.Equal("Norte:1", activity.GetTagItem("messaging.destination.name"));
            }

            Assert.Equal(trace, during);
            Assert.Equal(ActivityStatusCode.Error, first.Status);
            Assert.Equal(ActivityStatusCode.Unset, second.Status);
        }
    }
}
#endif
