using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>Health checks say how the node is.</summary>
    public sealed class HealthTests : IDisposable
    {
        private readonly Folder folder = new Folder();

        public void Dispose() => folder.Dispose();

        private static Task<HealthReport> Check(IServiceProvider services, string? tag = null) =>
            services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => tag == null || check.Tags.Contains(tag));

        private static void Services(IServiceCollection services)
        {
            services.AddIntegrador();
            services.AddHealthChecks().AddIntegrador();
        }

        // Shows promise 8.
        [Fact]
        public async Task A_platform_that_is_down_degrades_readiness_until_it_is_back()
        {
            var norte = new Peer(folder);
            string address = norte.Address;
            await using App sur = await App.Start(App.Settings(folder, norte.Known()), Services);
            await norte.Meet("Sur", sur.Address + "/api/");
            await sur.Node.PublishUserAsync("1", "Ana");
            await sur.SeesRoom(ExternalId.Parse("Norte:1"));
            Assert.Equal(HealthStatus.Healthy, (await Check(sur.Services)).Status);
            norte.Dispose();
            await sur.Node.PublishMessageAsync(ExternalId.Parse("Norte:1"), "1", "¿Están?");
            await Eventually.So("it is degraded", async () => (await Check(sur.Services, "ready")).Status == HealthStatus.Degraded);
            HealthReportEntry ready = (await Check(sur.Services)).Entries["integrador-ready"];
            Assert.Equal("Norte is down", ready.Description);
            var platforms = (IReadOnlyDictionary<string, object>)ready.Data["platforms"];
            var of = (IReadOnlyDictionary<string, object>)platforms["Norte"];
            Assert.Equal("down", of["state"]);
            Assert.InRange((long)of["waiting"], 1, 10);
            Assert.Equal(HealthStatus.Healthy, (await Check(sur.Services, "live")).Status);

            using var again = new Peer(folder, address);
            await Eventually.So("it is ready again", async () => (await Check(sur.Services, "ready")).Status == HealthStatus.Healthy);
            Assert.Equal("¿Están?", (await again.Heard.Next()).Text);
        }

        // Shows promise 8.
        [Fact]
        public async Task A_platform_that_refuses_the_token_degrades_readiness_with_the_reason()
        {
            using var norte = new Peer(folder);
            string registry = norte.Known();
            System.IO.File.WriteAllText(registry, System.IO.File.ReadAllText(registry).Replace(Folder.Token, "otro"));
            await using App sur = await App.Start(App.Settings(folder, registry), Services);
            folder.Registry("norte.json", "Sur", sur.Address + "/api/");
            await sur.Node.PublishUserAsync("1", "Ana");
            await Eventually.So("it is degraded", async () => (await Check(sur.Services)).Entries["integrador-ready"].Description!.Contains("Norte refuses us"));
            HealthReport report = await Check(sur.Services);
            Assert.Equal(HealthStatus.Degraded, report.Status);
            Assert.DoesNotContain(Folder.Token, report.Entries["integrador-ready"].Description);
        }

        [Fact]
        public async Task A_closed_node_is_neither_live_nor_ready()
        {
            await using App sur = await App.Start(App.Settings(folder), Services);
            Assert.Equal(HealthStatus.Healthy, (await Check(sur.Services)).Status);
            sur.Node.Close();
            HealthReport report = await Check(sur.Services);
            Assert.Equal("the node is closed", report.Entries["integrador-live"].Description);
            Assert.Equal("the node is closed", report.Entries["integrador-ready"].Description);
            Assert.All(report.Entries.Values, entry => Assert.Equal(HealthStatus.Unhealthy, entry.Status));
        }

        [Fact]
        public async Task Before_the_start_no_check_opens_the_node()
        {
            using IHost host = App.Build(App.Settings(folder), Services);
            HealthReport report = await Check(host.Services);
            Assert.All(report.Entries.Values, entry => Assert.Equal("the node is not open yet", entry.Description));
            Assert.False(System.IO.File.Exists(folder.At("sur.db")), "a check has opened the node");
        }

        [Fact]
        public async Task Each_of_two_nodes_has_its_own_checks()
        {
            Dictionary<string, string> settings = App.Settings(folder);
            settings["Integrador:Nodes:second:Platform"] = "Oeste";
            settings["Integrador:Nodes:second:Store"] = folder.At("oeste.db");
            await using App app = await App.Start(settings, services =>
            {
                Services(services);
                services.AddIntegrador("second");
                services.AddHealthChecks().AddIntegrador("second");
            });
            app.Node.Close();
            HealthReport report = await Check(app.Services);
            Assert.Equal(
                new[] { "integrador-live Unhealthy", "integrador-ready Unhealthy", "integrador-second-live Healthy", "integrador-second-ready Healthy" },
                report.Entries.Select(entry => $"{entry.Key} {entry.Value.Status}").OrderBy(text => text, StringComparer.Ordinal));
        }
    }
}
