using System;
using System.IO;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetCoreChat.Integration;
using NetCoreChat.Live;
using NetCoreChat.Web;

namespace NetCoreChat
{
    /// <summary>Puts the chat together: its own web, with a page and the calls of the page; and beside it, under /api/, the node.</summary>
    internal static class ChatHost
    {
        internal static IHost Build(Chat chat, Options options) => new HostBuilder()
            .UseContentRoot(AppContext.BaseDirectory)
            // Such as Integrador__Retention and Logging__LogLevel__Integrador.
            .ConfigureAppConfiguration(configuration => configuration.AddEnvironmentVariables())
            .ConfigureLogging((context, logging) => logging
                .AddFilter("Microsoft", LogLevel.Warning)
                .AddConfiguration(context.Configuration.GetSection("Logging"))
                // Standard output has the one line that scripts wait for.
                .AddConsole(console =>
                {
                    console.LogToStandardErrorThreshold = LogLevel.Trace;
#if !NET8_0_OR_GREATER
                    console.DisableColors = Console.IsErrorRedirected;
#endif
                }))
            .ConfigureWebHost(web => web
                .UseKestrel(kestrel => Listen(kestrel, options))
                .ConfigureServices(services => Add(services, chat, options))
                .Configure(app => Use(app, options)))
            .UseConsoleLifetime(console => console.SuppressStatusMessages = true)
            .Build();

        private static void Listen(KestrelServerOptions kestrel, Options options)
        {
            kestrel.AddServerHeader = false;
            if (options.Host == "localhost")
            {
                kestrel.ListenLocalhost(options.Port);
            }
            else
            {
                kestrel.Listen(IPAddress.Parse(options.Host), options.Port);
            }
        }

        private static void Add(IServiceCollection services, Chat chat, Options options)
        {
            services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
            services.AddSingleton(chat);
            services.AddSingleton<Pages>();
            services.AddIntegration(options);
            services.AddSingleton<PeopleCalls>();
            services.AddSingleton<ConversationCalls>();
            services.AddSingleton<FileCalls>();
            services.AddRouting();
            // Without what encrypts cookies: this chat's have nothing to read in them.
            services.AddAuthenticationCore(authentication =>
            {
                authentication.AddScheme<Sessions>(Sessions.Scheme, null);
                authentication.DefaultScheme = Sessions.Scheme;
            });
            services.AddScoped<Sessions>();
            services.AddAuthorization();
            services
                .AddSignalR(hub =>
                {
                    // A page says nothing but that it is there.
                    hub.MaximumReceiveMessageSize = 1 << 10;
                    hub.KeepAliveInterval = TimeSpan.FromSeconds(10);
                })
                .AddJsonProtocol(json => Json.Set(json.PayloadSerializerOptions));
        }

        private static void Use(IApplicationBuilder app, Options options)
        {
            app.UseMiddleware<OwnPagesOnly>();
            app.UsePage(Path.Combine(AppContext.BaseDirectory, "page"), options.FramedBy);
            app.UseRouting();
            app.UseAuthentication();
            app.UseAuthorization();
            app.UseEndpoints(endpoints =>
            {
                IServiceProvider services = app.ApplicationServices;
                services.GetRequiredService<PeopleCalls>().Map(endpoints);
                services.GetRequiredService<ConversationCalls>().Map(endpoints);
                services.GetRequiredService<FileCalls>().Map(endpoints);
                endpoints.MapHub<ChatHub>("/app/hub").RequireAuthorization();
                endpoints.MapIntegrador("/api");
            });
        }
    }
}
