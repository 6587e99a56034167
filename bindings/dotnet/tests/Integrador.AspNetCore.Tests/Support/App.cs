using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>An application on a port of loopback: a real Kestrel, and in it the platform Sur unless it is configured otherwise.</summary>
    internal sealed class App : IAsyncDisposable
    {
        private readonly IHost host;

        private App(IHost host) => this.host = host;

        internal IServiceProvider Services => host.Services;

        internal Node Node => Services.GetRequiredService<Node>();

        /// <summary>Such as <c>http://127.0.0.1:40123</c>.</summary>
        internal string Address =>
            Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        internal HttpClient Http { get; } = new HttpClient();

        /// <summary>What configures Sur.</summary>
        internal static Dictionary<string, string> Settings(Folder folder, string? platforms = null) => new Dictionary<string, string>
        {
            ["Integrador:Platform"] = "Sur",
            ["Integrador:Store"] = folder.At("sur.db"),
            ["Integrador:Platforms"] = platforms ?? folder.Registry("sur.json"),
            ["Integrador:PingInterval"] = "1",
        };

        internal static IHost Build(
            IDictionary<string, string> settings,
            Action<IServiceCollection> services,
            Action<IEndpointRouteBuilder>? endpoints = null,
            Action<IApplicationBuilder>? before = null,
            Action<ILoggingBuilder>? logging = null)
        {
            return new HostBuilder()
                .ConfigureAppConfiguration(configuration => configuration.AddInMemoryCollection(settings!))
                .ConfigureLogging(logging ?? (_ => { }))
                .ConfigureWebHost(web => web
                    .UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0))
                    .ConfigureServices(collection =>
                    {
                        collection.AddRouting();
                        services(collection);
                    })
                    .Configure(application =>
                    {
                        before?.Invoke(application);
                        application.UseRouting();
                        application.UseEndpoints(routes => (endpoints ?? (all => all.MapIntegrador("/api")))(routes));
                    }))
                .Build();
        }

        internal static async Task<App> Start(
            IDictionary<string, string> settings,
            Action<IServiceCollection> services,
            Action<IEndpointRouteBuilder>? endpoints = null,
            Action<IApplicationBuilder>? before = null,
            Action<ILoggingBuilder>? logging = null)
        {
            var app = new App(Build(settings, services, endpoints, before, logging));
            try
            {
                await app.host.StartAsync();
                return app;
            }
            catch
            {
                await app.DisposeAsync();
                throw;
            }
        }

        /// <summary>Waits until this application has talked with another platform.</summary>
        internal Task Sees(string platform) => Eventually.So(
            $"{platform} is up for {Node.Name}",
            () => Node.GetStatus().Platforms.Any(known => known.Name == platform && known.Up == true));

        /// <summary>The same, and that it knows the other's room.</summary>
        internal async Task SeesRoom(ExternalId room)
        {
            await Sees(room.Platform);
            await Eventually.So($"{room} is known", () => Node.Room(room) != null);
        }

        /// <summary>Stops it, as Ctrl-C does, in this time.</summary>
        internal async Task Stop(TimeSpan time)
        {
            using var limit = new CancellationTokenSource(time);
            try
            {
                await host.StopAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // So the host says that the time was over.
            }
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await Stop(Eventually.Patience);
            if (host is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync();
            }
            else
            {
                host.Dispose();
            }
        }
    }
}
