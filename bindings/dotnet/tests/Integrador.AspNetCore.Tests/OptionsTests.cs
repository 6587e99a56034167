using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>Options come from the configuration and from code, and what is wrong with them is said at the start.</summary>
    public sealed class OptionsTests : IDisposable
    {
        private readonly Folder folder = new Folder();

        public void Dispose() => folder.Dispose();

        private static IntegradorOptions Read(IDictionary<string, string> settings, Action<IServiceCollection> services, string name = "")
        {
            using IHost host = App.Build(settings, services);
            return host.Services.GetRequiredService<IOptionsMonitor<IntegradorOptions>>().Get(name);
        }

        [Fact]
        public void The_section_is_read_and_code_has_the_last_word()
        {
            var settings = new Dictionary<string, string>
            {
                ["Integrador:Platform"] = "Sur",
                ["Integrador:Store"] = "sur.db",
                ["Integrador:Platforms"] = "platforms.json",
                ["Integrador:Listen"] = "127.0.0.1:5001",
                ["Integrador:Retention"] = "30d",
                ["Integrador:HandlerTimeout"] = "00:01:30",
                ["Integrador:close_timeout"] = "2.5",
                ["Integrador:MAX_HANDLER_ATTEMPTS"] = "3",
                ["Integrador:Workers"] = "4",
                ["Integrador:MaxPending"] = "5000",
                ["Integrador:only-process"] = "True",
                ["Integrador:PingInterval"] = "500ms",
                ["Integrador:Proxy"] = "1",
                ["Integrador:RateLimit"] = " ",
                ["Integrador:Limits:Body"] = "4194304",
            };
            IntegradorOptions options = Read(settings, services => services.AddIntegrador(one => one.Store = "other.db"));
            Assert.Equal("Sur", options.Platform);
            Assert.Equal("other.db", options.Store);
            Assert.Equal("platforms.json", options.Platforms);
            Assert.Equal("127.0.0.1:5001", options.Listen);
            Assert.Equal(TimeSpan.FromDays(30), options.Retention);
            Assert.Equal(TimeSpan.FromSeconds(90), options.HandlerTimeout);
            Assert.Equal(TimeSpan.FromSeconds(2.5), options.CloseTimeout);
            Assert.Equal(3, options.MaxHandlerAttempts);
            Assert.Equal(4, options.Workers);
            var more = new SortedDictionary<string, object?>(options.More, StringComparer.Ordinal).Select(one => $"{one.Key}={one.Value} {one.Value!.GetType().Name}");
            Assert.Equal(
                new[]
                {
                    "limits.body=4194304 Int64", "max_pending=5000 Int64", "only_process=True Boolean", "ping_interval=00:00:00.5000000 TimeSpan",
                    "proxy=1 String",
                },
                more);
        }

        [Fact]
        public void A_second_node_reads_a_section_of_its_own()
        {
            var settings = new Dictionary<string, string>
            {
                ["Integrador:Platform"] = "Sur", ["Integrador:Store"] = "sur.db",
                ["Integrador:Nodes:second:Standalone"] = "hub", ["Integrador:Nodes:second:Store"] = "hub.db",
            };
            void Services(IServiceCollection services)
            {
                services.AddIntegrador();
                services.AddIntegrador("second", options => options.Workers = 2);
            }

            Assert.Equal("sur.db", Read(settings, Services).Store);
            Assert.Equal(1, Read(settings, Services).Workers);
            IntegradorOptions second = Read(settings, Services, "second");
            Assert.Equal("hub hub.db 2", $"{second.Standalone} {second.Store} {second.Workers}");
            Assert.Null(second.Platform);
        }

        [Fact]
        public async Task The_start_names_all_that_is_wrong_at_once()
        {
            var settings = new Dictionary<string, string>
            {
                ["Integrador:Listen"] = "5001",
                ["Integrador:Retention"] = "a month",
                ["Integrador:MaxHandlerAttempts"] = "0",
                ["Integrador:Workers"] = "many",
                ["Integrador:MaxPending:Sur"] = "5",
                ["Integrador:Nodes:second:Platform"] = "Oeste",
                ["Integrador:Nodes:second:Standalone"] = "hub",
                ["Integrador:Nodes:second:HandlerTimeout"] = "0",
            };
            var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => App.Start(settings, services =>
            {
                services.AddIntegrador();
                services.AddIntegrador("second");
            }));
            string[] expected =
            {
                "Integrador:MaxPending holds further keys: expected one value",
                "Integrador:Retention is \"a month\": expected a time, such as 30s, 24h, 30d, 1.12:00:00 or a number of seconds",
                "Integrador:Workers is \"many\": expected a whole number",
                "Integrador:Platform is missing: set it to this platform's name, as the registries of the others spell it",
                "Integrador:Store is missing: set it to a file, which is made if it isn't there",
                "Integrador:Listen is \"5001\": expected HOST:PORT, such as 127.0.0.1:5001",
                "Integrador:MaxHandlerAttempts is 0: expected 1 or more",
                "Integrador:Nodes:second:Platform and Integrador:Nodes:second:Standalone are both set: a node is either this application's or stands alone",
                "Integrador:Nodes:second:Store is missing: set it to a file, which is made if it isn't there",
                "Integrador:Nodes:second:HandlerTimeout is 00:00:00: expected more than zero",
            };
            Assert.Equal(expected, failure.Failures);
            Assert.All(expected, fault => Assert.Contains(fault, failure.Message));
        }

        [Fact]
        public async Task What_the_core_alone_knows_it_says_at_the_start()
        {
            Dictionary<string, string> settings = App.Settings(folder);
            settings["Integrador:MaxPendng"] = "5";
            var failure = await Assert.ThrowsAsync<IntegradorException>(() => App.Start(settings, services => services.AddIntegrador()));
            Assert.Equal(ErrorKind.Config, failure.Kind);
            Assert.Contains("max_pendng", failure.Message);
        }

        [Fact]
        public async Task What_asks_for_the_node_before_the_start_gets_it_and_it_is_opened_once()
        {
            using IHost host = App.Build(App.Settings(folder), services => services.AddIntegrador());
            var node = host.Services.GetRequiredService<Node>();
            Assert.Equal("Sur", node.Name);
            await host.StartAsync();
            Assert.Same(node, host.Services.GetRequiredService<Node>());
            await host.StopAsync();
            Assert.True(node.IsClosed);
        }

        [Fact]
        public void A_node_of_a_host_that_never_started_is_closed_with_the_host()
        {
            Node node;
            using (IHost host = App.Build(App.Settings(folder), services => services.AddIntegrador()))
            {
                node = host.Services.GetRequiredService<Node>();
            }

            Assert.True(node.IsClosed);
        }
    }
}
