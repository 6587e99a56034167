using System;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace NetCoreChat
{
    /// <summary><c>netcore-chat</c>: opens the chat and the node, serves both, and ends them cleanly.</summary>
    internal static class Program
    {
        private static async Task<int> Main(string[] arguments)
        {
            Options options;
            try
            {
                options = Options.Parse(arguments);
            }
            catch (FormatException e)
            {
                Console.Error.WriteLine($"netcore-chat: {e.Message}\nTry --help.");
                return 2;
            }
            if (options.Printed != null)
            {
                Console.Out.Write(options.Printed);
                return 0;
            }
            try
            {
                await RunAsync(options);
                return 0;
            }
            catch (Exception e)
            {
                Console.Error.WriteLine("netcore-chat: " + (e is OptionsValidationException wrong ? string.Join("; ", wrong.Failures) : e.Message));
                return 1;
            }
        }

        private static async Task RunAsync(Options options)
        {
            using Chat chat = await Chat.OpenAsync(options.Data, options.Name, options.Users, what => Console.Error.WriteLine("netcore-chat: " + what));
            using IHost host = ChatHost.Build(chat, options);
            await host.StartAsync();
            // The one line on standard output, which scripts wait for.
            Console.Out.WriteLine("listening on " + AddressOf(host));
            // Ctrl-C or SIGTERM.
            await host.WaitForShutdownAsync();
        }

        /// <summary>Where it listens, with the port that it has got.</summary>
        internal static string AddressOf(IHost host) =>
            host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }
}
