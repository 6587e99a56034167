using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace NetCoreChat.Tests.Web
{
    /// <summary>The program, started and killed as people and machines do it.</summary>
    public sealed class ProgramTests : IDisposable
    {
        private readonly TemporaryFolder folder = new TemporaryFolder();
        private readonly HttpClient http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };

        public void Dispose()
        {
            http.Dispose();
            folder.Dispose();
        }

        private ChatProcess Start(params string[] more) =>
            ChatProcess.Start(new[] { "--data", folder.Path, "--listen", "127.0.0.1:0" }.Concat(more).ToArray());

        private async Task<JsonElement> AskAsync(string address, object? body = null)
        {
            HttpResponseMessage answer = body == null
                ? await http.GetAsync(address)
                : await http.PostAsync(address, new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));
            answer.EnsureSuccessStatusCode();
            return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        }

        /// <summary>Logs in, and finds the public room: its messages' path.</summary>
        private async Task<string> EnterAsync(ChatProcess chat)
        {
            JsonElement users = await AskAsync(chat.Address + "/app/users");
            await AskAsync(chat.Address + "/app/login", new { id = users.GetProperty("users")[0].GetProperty("id").GetString() });
            if (room == null)
            {
                JsonElement made = await AskAsync(chat.Address + "/app/conversations", new { name = "sala", @public = true });
                room = made.GetProperty("id").GetString();
            }
            return $"{chat.Address}/app/conversations/{room}/messages";
        }

        private string? room;

        // Shows promises 1 and 3.
        [Fact]
        public async Task What_was_acknowledged_before_kill_9_is_there_afterwards_once_and_what_is_posted_again_is_the_same()
        {
            var acknowledged = new List<int>();
            for (int life = 0; life < 4; life++)
            {
                using ChatProcess chat = await Start().ListensAsync();
                string messages = await EnterAsync(chat);
                int first = acknowledged.Count;
                // Several at once, so that it is killed in the middle of something.
                Task writers = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
                {
                    for (int n = 0; n < 10_000; n++)
                    {
                        int number = (life * 100_000) + (n * 4) + writer;
                        await AskAsync(messages, new { key = "k" + number, text = "m" + number });
                        lock (acknowledged)
                        {
                            acknowledged.Add(number);
                        }
                    }
                }));
                while (acknowledged.Count < first + 60)
                {
                    Assert.False(writers.IsCompleted, "a writer has failed before anything was killed: " + writers.Exception?.GetBaseException().Message);
                    await Task.Delay(5);
                }
                chat.Kill();
                await Assert.ThrowsAnyAsync<Exception>(() => writers);
            }
            using ChatProcess last = await Start().ListensAsync();
            string all = await EnterAsync(last);
            List<string> there = await AllAsync(all);
            Assert.Equal(there.Count, there.Distinct().Count());
            List<int> lost = acknowledged.Where(number => !there.Contains("m" + number)).ToList();
            Assert.True(lost.Count == 0, $"lost: {string.Join(", ", lost)}");
            await AskAsync(all, new { key = "k" + acknowledged[0], text = "m" + acknowledged[0] });
            Assert.Equal(there.Count, (await AllAsync(all)).Count);
        }

        private async Task<List<string>> AllAsync(string messages)
        {
            var all = new List<string>();
            string before = "";
            for (bool more = true; more;)
            {
                JsonElement page = await AskAsync(messages + before);
                List<JsonElement> some = page.GetProperty("messages").EnumerateArray().ToList();
                all.AddRange(some.Select(message => message.GetProperty("text").GetString()!));
                more = page.GetProperty("more").GetBoolean();
                before = more ? "?before=" + some[0].GetProperty("id").GetInt64() : "";
            }
            return all;
        }

        [Fact]
        public async Task A_second_one_on_the_same_folder_is_refused_and_one_after_it_is_not()
        {
            using (ChatProcess first = await Start().ListensAsync())
            {
                using ChatProcess second = Start();
                (int code, string errors) = await second.EndsAsync();
                Assert.Equal(1, code);
                Assert.Contains($"--data {folder.Path}: another process has this folder in use", errors);
                first.Kill();
            }
            using ChatProcess third = await Start().ListensAsync();
            await EnterAsync(third);
        }

        [Fact]
        public async Task SIGTERM_ends_it_cleanly_while_a_page_is_open()
        {
            using ChatProcess chat = await Start().ListensAsync();
            JsonElement users = await AskAsync(chat.Address + "/app/users");
            using var plain = new HttpClient(new HttpClientHandler { UseCookies = false });
            var login = new StringContent(JsonSerializer.Serialize(new { id = users.GetProperty("users")[0].GetProperty("id").GetString() }), Encoding.UTF8, "application/json");
            string cookie = (await plain.PostAsync(chat.Address + "/app/login", login)).Headers.GetValues("Set-Cookie").Single().Split(';')[0];
            using HubClient page = await HubClient.OpenAsync(chat.Address, cookie);
            await page.HearsAsync("hello");
            chat.Terminate();
            await page.IsHungUpAsync();
            Assert.Equal(0, (await chat.EndsAsync()).Code);
        }

        [Fact]
        public async Task What_can_not_be_started_says_which_option_is_wrong_and_why()
        {
            using var taken = new Socket(SocketType.Stream, ProtocolType.Tcp);
            taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            taken.Listen(1);
            string port = "127.0.0.1:" + ((IPEndPoint)taken.LocalEndPoint!).Port;
            string file = folder.File("a-file");
            File.WriteAllText(file, "[{");
            foreach ((int expected, string what, string[] options) in new[]
            {
                (1, port, new[] { "--data", folder.File("d"), "--listen", port }),
                (1, file, new[] { "--data", file, "--listen", "127.0.0.1:0" }),
                (1, file, new[] { "--data", folder.File("d"), "--listen", "127.0.0.1:0", "--platforms", file }),
                (2, "--listen 'anywhere'", new[] { "--listen", "anywhere" }),
                (2, "--platforms", new[] { "--platforms", folder.File("none") }),
                (2, "no option --colour", new[] { "--colour", "red" }),
                (2, "--data needs a value", new[] { "--data" }),
                (2, "--name is given twice", new[] { "--name", "a", "--name=b" }),
                (2, "no colon", new[] { "--name", "a:b" }),
                (2, "ana is there twice", new[] { "--users", "ana,Ana" }),
            })
            {
                using ChatProcess chat = ChatProcess.Start(options);
                (int code, string errors) = await chat.EndsAsync();
                Assert.True(code == expected, $"{code} for {string.Join(" ", options)}: {errors}");
                string said = Assert.Single(errors.Split('\n').Where(line => line.StartsWith("netcore-chat: ", StringComparison.Ordinal)));
                Assert.Contains(what, said);
            }
        }
    }
}
