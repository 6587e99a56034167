using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>What the core logs comes to the application's loggers.</summary>
    public sealed class LogTests : IDisposable
    {
        private readonly Folder folder = new Folder();

        public void Dispose() => folder.Dispose();

        private static Action<ILoggingBuilder> To(Lines lines, LogLevel level) => logging => logging
            .AddProvider(lines)
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Integrador", level);

        [Fact]
        public async Task The_cores_lines_come_with_category_level_and_state_and_without_tokens()
        {
            var lines = new Lines();
            // What is said of one platform again and again is soon left out, whichever test made it happen.
            string name = "N" + Guid.NewGuid().ToString("N");
            var norte = new Peer(folder, name: name);
            await using App sur = await App.Start(
                App.Settings(folder, norte.Known()), services => services.AddIntegrador().AddHandler(_ => { }), logging: To(lines, LogLevel.Trace));
            await norte.Meet("Sur", sur.Address + "/api/");
            await sur.Node.PublishUserAsync("1", "Ana");
            await sur.SeesRoom(new ExternalId(name, "1"));
            norte.Dispose();
            await sur.Node.PublishMessageAsync(new ExternalId(name, "1"), "1", "¿un secreto?");
            await Eventually.So(
                "the core says that it is down",
                () => lines.All.Any(line => line.Category.StartsWith("Integrador.Core.") && line.Level >= LogLevel.Information && line.Text.Contains(name)));
            Line down = lines.All.First(line => line.Category.StartsWith("Integrador.Core.") && line.Text.Contains(name));
            Assert.StartsWith("integrador::", (string)down.State.Single(field => field.Key == "Target").Value!);
            Assert.IsType<DateTimeOffset>(down.State.Single(field => field.Key == "At").Value);
            Assert.Equal(name, down.State.Single(field => field.Key == "platform").Value);
            Assert.Contains("{OriginalFormat}", down.State.Select(field => field.Key));
            Assert.Contains(lines.All, line => line.Level == LogLevel.Debug || line.Level == LogLevel.Trace);
            string all = string.Join("\n", lines.All);
            Assert.DoesNotContain(Folder.Token, all);
            Assert.DoesNotContain("un secreto", all);
        }

        [Fact]
        public async Task A_level_that_nobody_wants_is_not_kept()
        {
            var lines = new Lines();
            using var norte = new Peer(folder);
            await using App sur = await App.Start(
                App.Settings(folder, norte.Known()), services => services.AddIntegrador().AddHandler(_ => { }), logging: To(lines, LogLevel.Warning));
            await norte.Meet("Sur", sur.Address + "/api/");
            await norte.Node.PublishMessageAsync("1", "1", "hola");
            await Task.Delay(500);
            Assert.Empty(lines.All.Where(line => line.Level < LogLevel.Warning));
        }

        [Fact]
        public async Task A_handler_that_fails_is_logged_with_its_exception_once_for_each_attempt()
        {
            var lines = new Lines();
            int attempts = 0;
            using var norte = new Peer(folder);
            await using App sur = await App.Start(
                App.Settings(folder, norte.Known()),
                services => services.AddIntegrador().AddHandler(message =>
                {
                    if (Interlocked.Increment(ref attempts) < 3)
                    {
                        throw new InvalidOperationException("the database is busy");
                    }
                }),
                logging: To(lines, LogLevel.Information));
            await norte.Meet("Sur", sur.Address + "/api/");
            await norte.Node.PublishMessageAsync("1", "1", "hola");
            await Eventually.So("the third attempt", () => Volatile.Read(ref attempts) == 3);
            await Eventually.So("both are logged", () => Failures(lines).Count >= 2);
            List<Line> errors = Failures(lines);
            Assert.Equal(2, errors.Count);
            Assert.All(errors, line => Assert.Equal(LogLevel.Error, line.Level));
            Assert.DoesNotContain("hola", string.Join("\n", errors));
        }

        private static List<Line> Failures(Lines lines) =>
            lines.All.Where(line => line.Exception?.Message == "the database is busy").ToList();

        [Fact]
        public async Task A_logger_that_hangs_holds_the_node_up_by_nothing()
        {
            var lines = new Lines();
            using var release = new ManualResetEventSlim();
            lines.Before = line =>
            {
                if (line.Category.StartsWith("Integrador.Core"))
                {
                    release.Wait(TimeSpan.FromSeconds(30));
                }
            };
            var norte = new Peer(folder);
            await using App sur = await App.Start(
                App.Settings(folder, norte.Known()), services => services.AddIntegrador(), logging: To(lines, LogLevel.Trace));
            await norte.Meet("Sur", sur.Address + "/api/");
            await sur.Node.PublishUserAsync("1", "Ana");
            await sur.SeesRoom(ExternalId.Parse("Norte:1"));
            for (int i = 0; i < 200; i++)
            {
                await sur.Node.PublishMessageAsync(ExternalId.Parse("Norte:1"), "1", i.ToString());
            }

            for (int i = 0; i < 200; i++)
            {
                Assert.Equal(i.ToString(), (await norte.Heard.Next()).Text);
            }

            Assert.False(release.IsSet);
            release.Set();
            norte.Dispose();
        }
    }
}
