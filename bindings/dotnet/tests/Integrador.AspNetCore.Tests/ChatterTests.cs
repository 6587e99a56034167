using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>The application talks with one in Rust, in a process of its own.</summary>
    public sealed class ChatterTests : IDisposable
    {
        private readonly Folder folder = new Folder();

        public void Dispose() => folder.Dispose();

        [Fact]
        public async Task An_application_of_aspnet_core_and_one_in_rust_write_to_each_other()
        {
            var heard = new BlockingCollection<Message>();
            string registry = folder.Registry("norte.json");
            using Chatter norte = Chatter.Start(folder, new
            {
                config = new { platform = "Norte", store = folder.At("norte.db"), platforms = registry, listen = "127.0.0.1:0" },
                said = folder.At("said"),
                heard = folder.At("heard"),
            });
            string address = (await norte.Line()).GetProperty("address").GetString()!;
            await using App sur = await App.Start(
                App.Settings(folder, folder.Registry("sur.json", "Norte", $"http://{address}/")),
                services => services.AddIntegrador().AddHandler(message => heard.Add(message)));
            folder.Registry("norte.json", "Sur", sur.Address + "/api/");
            // What was written before a platform was known does not go there.
            await Eventually.So("Sur is up for Norte", async () => IsUp("Sur", await norte.Ask(new { @do = "status" })));
            await norte.Ask(new { @do = "user", id = 1, name = "Bruno" });
            await norte.Ask(new { @do = "room", id = 1, name = "Plaza", kind = "public", members = Array.Empty<object>() });
            await norte.Ask(new { @do = "say", room = 1, sender = 1, text = "¡Hola, C#!" });
            Message message = await heard.Next();
            Assert.Equal("Bruno in Norte:1: ¡Hola, C#!", $"{message.SenderName} in {message.Room}: {message.Text}");
            await sur.Node.PublishUserAsync("1", "Ana");
            await sur.Node.PublishMessageAsync(message.Room, "1", "¡Hola, Rust!");
            await Eventually.So("Norte has it", () => File.Exists(folder.At("heard")) && File.ReadAllText(folder.At("heard")).Contains("¡Hola, Rust!"));
        }

        private static bool IsUp(string platform, JsonElement answer)
        {
            foreach (JsonElement known in answer.GetProperty("status").GetProperty("platforms").EnumerateArray())
            {
                if (known.GetProperty("name").GetString() == platform)
                {
                    return known.GetProperty("up").ValueKind == JsonValueKind.True;
                }
            }

            return false;
        }

        /// <summary>The program <c>chatter</c> of the tests in Rust: orders go in, answers come out, each a line of JSON.</summary>
        private sealed class Chatter : IDisposable
        {
            private readonly Process process;

            private Chatter(Process process) => this.process = process;

            internal static Chatter Start(Folder folder, object options)
            {
                string program = Environment.GetEnvironmentVariable("CHATTER") ?? Built();
                var start = new ProcessStartInfo(program)
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    UseShellExecute = false,
                    WorkingDirectory = folder.Whole,
                };
                start.ArgumentList.Add(JsonSerializer.Serialize(options));
                return new Chatter(Process.Start(start)!);
            }

            /// <summary>Where cargo puts it.</summary>
            private static string Built()
            {
                for (DirectoryInfo? at = new DirectoryInfo(AppContext.BaseDirectory); at != null; at = at.Parent)
                {
                    string program = Path.Combine(at.FullName, "target", "debug", "chatter");
                    if (File.Exists(program))
                    {
                        return program;
                    }
                }

                throw new FileNotFoundException("Build the application in Rust first: cargo build --workspace --all-features --bin chatter");
            }

            internal async Task<JsonElement> Line()
            {
                Task<string?> line = process.StandardOutput.ReadLineAsync()!;
                await line.Ends("the application in Rust answers");
                Assert.True(line.Result != null, "the application in Rust has ended");
                return JsonDocument.Parse(line.Result!).RootElement;
            }

            internal async Task<JsonElement> Ask(object order)
            {
                await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order));
                await process.StandardInput.FlushAsync();
                JsonElement answer = await Line();
                Assert.False(answer.TryGetProperty("error", out _), answer.ToString());
                return answer;
            }

            public void Dispose()
            {
                process.Kill();
                process.WaitForExit();
                process.Dispose();
            }
        }
    }
}
