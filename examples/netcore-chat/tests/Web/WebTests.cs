using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace NetCoreChat.Tests.Web
{
    /// <summary>The web, asked as a browser asks it.</summary>
    public sealed class WebTests : IDisposable
    {
        private readonly RunningChat chat = RunningChat.StartAsync().GetAwaiter().GetResult();

        public void Dispose() => chat.DisposeAsync().AsTask().GetAwaiter().GetResult();

        private static JsonElement Parsed(string json) => JsonDocument.Parse(json).RootElement;

        private Task SaveMarcelo() => chat.Chat.Users.SaveAsync(new[] { (chat.Chat.Ids.Of("BuasApp", "1"), "BuasApp:1", "Marcelo", true, (string?)null) });

        [Fact]
        public async Task A_user_of_this_app_logs_in_by_id_or_signs_up_and_nobody_of_another_platform_does_either()
        {
            await SaveMarcelo();
            string lucia = await chat.LogInAsync("Lucía");
            Assert.Equal(200, (await chat.GetAsync(chat.Plaza + "/messages", lucia)).Status);
            Assert.Equal(chat.IdOf("Lucía").ToString(), Parsed((await chat.GetAsync("/app/users", lucia)).Body).GetProperty("me").GetString());
            foreach (string id in new[] { chat.Chat.Ids.Of("BuasApp", "1").ToString(), "BuasApp:1", Guid.NewGuid().ToString() })
            {
                Assert.Equal(404, (await chat.PostAsync("/app/login", null, new { id })).Status);
            }
            Assert.DoesNotContain("Marcelo", (await chat.GetAsync("/app/users", null)).Body);
            Assert.Equal(200, (await chat.PostAsync("/app/login", null, new { name = " Ñandú " })).Status);
            Assert.Equal(409, (await chat.PostAsync("/app/login", null, new { name = "ñandú" })).Status);
            foreach (string wrong in new[] { "{\"name\":\" \"}", "{}", "[]", "{", "", "null", "{\"name\":7}" })
            {
                Assert.Equal(400, (await chat.PostAsync("/app/login", null, wrong)).Status);
            }
        }

        [Fact]
        public async Task Only_members_read_and_write_a_private_conversation_and_see_what_is_attached_in_it()
        {
            string lucia = await chat.LogInAsync("Lucía");
            string zoe = await chat.LogInAsync("Zoe");
            string conversation = await chat.CreateAsync(lucia, chat.IdOf("Mateo"));
            var attachment = new { data = Convert.ToBase64String(new byte[] { 1, 2, 3 }), mime = "image/png", name = "a.png" };
            (int status, string body) = await chat.PostAsync(conversation + "/messages", lucia, new { key = "k", text = "hola", attachment });
            Assert.True(status == 200, body);
            string file = Parsed(body).GetProperty("message").GetProperty("attachments")[0].GetProperty("url").GetString()!;
            foreach ((string? cookie, int refused) in new[] { (zoe, 404), ((string?)null, 401) })
            {
                Assert.Equal(refused, (await chat.GetAsync(conversation + "/messages", cookie)).Status);
                Assert.Equal(refused, (await chat.PostAsync(conversation + "/messages", cookie, new { key = "k2", text = "x" })).Status);
                Assert.Equal(refused, (await chat.PostAsync(conversation + "/join", cookie, new { })).Status);
                Assert.Equal(refused, (await chat.GetAsync(file, cookie)).Status);
            }
            (_, _, HttpResponseMessage shown) = await chat.SendAsync(HttpMethod.Get, file, await chat.LogInAsync("Mateo"));
            Assert.Equal(new byte[] { 1, 2, 3 }, await shown.Content.ReadAsByteArrayAsync());
            Assert.Equal("image/png", shown.Content.Headers.ContentType!.MediaType);
            Assert.Equal("nosniff", shown.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal(404, (await chat.GetAsync(file.Replace("/0", "/1"), lucia)).Status);
        }

        [Fact]
        public async Task What_is_no_picture_or_sound_is_too_large_or_too_long_or_has_no_text_is_refused_with_a_sentence()
        {
            string lucia = await chat.LogInAsync("Lucía");
            var cases = new (int Status, object Message)[]
            {
                (400, new { key = "k", text = " " }),
                (400, new { text = "sin clave" }),
                (413, new { key = "k", text = new string('ñ', 4_001) }),
                (400, new { key = "k", attachment = new { data = "PHA+", mime = "text/html" } }),
                (400, new { key = "k", attachment = new { data = "PHA+", mime = "image/svg+xml" } }),
                (400, new { key = "k", attachment = new { data = "?", mime = "image/png" } }),
                (400, new { key = "k", attachment = new { url = "javascript:alert(1)" } }),
                (413, new { key = "k", attachment = new { data = new string('A', 980_000), mime = "image/png" } }),
                (413, new { key = "k", text = new string('x', 2_000_000) }),
                (400, "{\"key\":\"k\",\"text\":\"\\ud83e\"}"),
            };
            foreach ((int expected, object message) in cases)
            {
                (int status, string body) = await chat.PostAsync(chat.Plaza + "/messages", lucia, message);
                Assert.True(status == expected, $"{status} and not {expected}: {body}");
                Assert.NotEqual("", Parsed(body).GetProperty("error").GetString()!.Trim());
            }
            string emoji = string.Concat(Enumerable.Repeat("🧉", 4_000));
            Assert.Equal(200, (await chat.PostAsync(chat.Plaza + "/messages", lucia, new { key = "k", text = emoji })).Status);
        }

        [Fact]
        public async Task What_is_posted_again_under_its_key_is_the_same_message()
        {
            string lucia = await chat.LogInAsync("Lucía");
            string mateo = await chat.LogInAsync("Mateo");
            async Task<long> Post(string cookie) => Parsed((await chat.PostAsync(chat.Plaza + "/messages", cookie, new { key = "k", text = "hola" })).Body)
                .GetProperty("message").GetProperty("id").GetInt64();
            Assert.Equal(await Post(lucia), await Post(lucia));
            Assert.NotEqual(await Post(lucia), await Post(mateo));
        }

        [Fact]
        public async Task Conversations_of_the_wrong_shape_are_refused_and_the_chat_of_two_is_made_once()
        {
            string lucia = await chat.LogInAsync("Lucía");
            Guid mateo = chat.IdOf("Mateo");
            foreach (object wrong in new object[]
            {
                new { name = "sola" }, new { members = new[] { chat.IdOf("Lucía") } }, new { @public = true }, new { name = new string('x', 81), members = new[] { mateo } },
            })
            {
                Assert.Equal(400, (await chat.PostAsync("/app/conversations", lucia, wrong)).Status);
            }
            Assert.Equal(400, (await chat.PostAsync("/app/conversations", lucia, "{\"members\":[\"BuasApp:1\"]}")).Status);
            Assert.Equal(404, (await chat.PostAsync("/app/conversations", lucia, new { members = new[] { Guid.NewGuid() } })).Status);
            string made = await chat.CreateAsync(lucia, mateo);
            Assert.Equal(made, await chat.CreateAsync(await chat.LogInAsync("Mateo"), chat.IdOf("Lucía")));
            Assert.NotEqual(made, await chat.CreateAsync(lucia, mateo, chat.IdOf("Zoe")));
        }

        [Fact]
        public async Task Pages_of_other_origins_are_refused_by_the_hub_too_and_so_is_who_is_not_logged_in()
        {
            string lucia = await chat.LogInAsync("Lucía");
            const string Stranger = "http://127.0.0.1:9";
            (int status, _, _) = await chat.SendAsync(HttpMethod.Post, chat.Plaza + "/read", lucia, "{}", origin: Stranger);
            Assert.Equal(403, status);
            (status, _, _) = await chat.SendAsync(HttpMethod.Post, chat.Plaza + "/messages", lucia, "{\"key\":\"k\",\"text\":\"x\"}", "text/plain");
            Assert.Equal(415, status);
            Assert.Contains("403", (await Assert.ThrowsAsync<WebSocketException>(() => HubClient.OpenAsync(chat.Address, lucia, Stranger))).Message);
            Assert.Contains("401", (await Assert.ThrowsAsync<WebSocketException>(() => HubClient.OpenAsync(chat.Address, null, chat.Address))).Message);
            Assert.Contains("401", (await Assert.ThrowsAsync<WebSocketException>(() => HubClient.OpenAsync(chat.Address, lucia + "x"))).Message);
            (status, _) = await chat.PostAsync("/app/hub/negotiate?negotiateVersion=1", null, "");
            Assert.Equal(401, status);
            using HubClient page = await HubClient.OpenAsync(chat.Address, lucia, chat.Address);
            Assert.Equal("Lucía", (await page.HearsAsync("hello")).GetProperty("me").GetProperty("name").GetString());
        }

        [Fact]
        public async Task A_page_is_told_what_happens_in_its_persons_conversations_and_in_no_others()
        {
            string lucia = await chat.LogInAsync("Lucía");
            using HubClient hers = await HubClient.OpenAsync(chat.Address, lucia);
            using HubClient zoes = await HubClient.OpenAsync(chat.Address, await chat.LogInAsync("Zoe"));
            JsonElement hello = await hers.HearsAsync("hello");
            await zoes.HearsAsync("hello");
            Assert.Equal("net core", hello.GetProperty("platform").GetString());
            Assert.Equal("net core", hello.GetProperty("platforms")[0].GetProperty("name").GetString());
            string conversation = await chat.CreateAsync(lucia, chat.IdOf("Mateo"));
            await chat.PostAsync(conversation + "/messages", lucia, new { key = "k", text = "entre nosotros" });
            await chat.PostAsync(chat.Plaza + "/messages", lucia, new { key = "k2", text = "para todos" });
            Assert.Equal("entre nosotros", (await hers.WaitsForAsync("message")).GetProperty("message").GetProperty("text").GetString());
            Assert.Equal("para todos", (await zoes.WaitsForAsync("message")).GetProperty("message").GetProperty("text").GetString());
        }

        [Fact]
        public async Task Whoever_is_dropped_from_a_conversation_learns_that_and_nothing_more_of_it()
        {
            using HubClient zoes = await HubClient.OpenAsync(chat.Address, await chat.LogInAsync("Zoe"));
            string lucia = await chat.LogInAsync("Lucía");
            await zoes.HearsAsync("hello");
            Guid id = chat.Chat.Ids.Of("BuasApp", "7");
            var pages = (Live.Pages)chat.Services.GetService(typeof(Live.Pages))!;
            await chat.Chat.Conversations.SaveAsync(Rooms.Of(id, "BuasApp:7", "sala", false, chat.IdOf("Lucía"), chat.IdOf("Zoe")));
            await pages.ShowConversationAsync(id);
            Assert.Equal(2, (await zoes.WaitsForAsync("conversation")).GetProperty("conversation").GetProperty("members").GetArrayLength());
            await chat.Chat.Conversations.SaveAsync(Rooms.Of(id, "BuasApp:7", "sala", false, chat.IdOf("Lucía")));
            await pages.ShowConversationAsync(id);
            Assert.Equal(1, (await zoes.WaitsForAsync("conversation")).GetProperty("conversation").GetProperty("members").GetArrayLength());
            await chat.PostAsync($"/app/conversations/{id}/messages", lucia, new { key = "k", text = "sin Zoe" });
            await chat.PostAsync(chat.Plaza + "/messages", lucia, new { key = "k2", text = "para todos" });
            Assert.Equal("para todos", (await zoes.WaitsForAsync("message")).GetProperty("message").GetProperty("text").GetString());
        }

        [Fact]
        public async Task Leaving_the_session_hangs_up_on_all_of_its_pages_and_on_nobody_elses()
        {
            string lucia = await chat.LogInAsync("Lucía");
            string elsewhere = await chat.LogInAsync("Lucía");
            using HubClient one = await HubClient.OpenAsync(chat.Address, lucia);
            using HubClient another = await HubClient.OpenAsync(chat.Address, lucia);
            using HubClient other = await HubClient.OpenAsync(chat.Address, elsewhere);
            await other.HearsAsync("hello");
            Assert.Equal(200, (await chat.PostAsync("/app/logout", lucia, new { })).Status);
            await one.IsHungUpAsync();
            await another.IsHungUpAsync();
            Assert.Contains("401", (await Assert.ThrowsAsync<WebSocketException>(() => HubClient.OpenAsync(chat.Address, lucia))).Message);
            await chat.PostAsync(chat.Plaza + "/messages", elsewhere, new { key = "k", text = "sigo acá" });
            Assert.Equal("sigo acá", (await other.WaitsForAsync("message")).GetProperty("message").GetProperty("text").GetString());
        }

        [Fact]
        public async Task What_one_has_read_is_read_on_their_other_pages_too()
        {
            string lucia = await chat.LogInAsync("Lucía");
            await chat.PostAsync(chat.Plaza + "/messages", await chat.LogInAsync("Mateo"), new { key = "k", text = "hola" });
            using HubClient page = await HubClient.OpenAsync(chat.Address, lucia);
            Assert.Equal(1, (await page.HearsAsync("hello")).GetProperty("conversations")[0].GetProperty("unread").GetInt32());
            Assert.Equal(200, (await chat.PostAsync(chat.Plaza + "/read", lucia, new { })).Status);
            await page.WaitsForAsync("read");
            using HubClient again = await HubClient.OpenAsync(chat.Address, lucia);
            Assert.Equal(0, (await again.HearsAsync("hello")).GetProperty("conversations")[0].GetProperty("unread").GetInt32());
        }

        [Fact(Timeout = 180_000)]
        public async Task A_page_that_takes_nothing_is_hung_up_on_and_keeps_nobody_waiting()
        {
            string lucia = await chat.LogInAsync("Lucía");
            using HubClient stuck = await HubClient.OpenAsync(chat.Address, lucia);
            using HubClient other = await HubClient.OpenAsync(chat.Address, await chat.LogInAsync("Zoe"));
            // More than the buffers of all that lies between can hold.
            string text = string.Concat(Enumerable.Repeat("🧉", 4_000));
            for (int n = 0; n < 1_000; n++)
            {
                Assert.Equal(200, (await chat.PostAsync(chat.Plaza + "/messages", lucia, new { key = "k" + n, text })).Status);
                await other.WaitsForAsync("message");
            }
            // SignalR gives it ten seconds to take what is being sent, and looks once a second.
            await Task.Delay(TimeSpan.FromSeconds(15));
            await stuck.IsHungUpAsync();
        }

        [Fact]
        public async Task Nobody_shows_the_page_in_a_frame_unless_the_chat_was_told_who_may()
        {
            (_, _, HttpResponseMessage answer) = await chat.SendAsync(HttpMethod.Get, "/", null);
            Assert.EndsWith("; frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
            const string Wall = "http://127.0.0.1:4999";
            await using RunningChat framed = await RunningChat.StartAsync("--framed-by", Wall);
            (_, _, answer) = await framed.SendAsync(HttpMethod.Get, "/", null);
            Assert.EndsWith("; frame-ancestors " + Wall, answer.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Throws<FormatException>(() => Options.Parse(new[] { "--framed-by", "*; script-src *" }));
        }

        [Fact]
        public async Task The_page_is_served_with_all_that_it_names_and_lets_no_other_script_in()
        {
            (int status, string index, HttpResponseMessage answer) = await chat.SendAsync(HttpMethod.Get, "/", null);
            Assert.Equal(200, status);
            Assert.StartsWith("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single());
            List<string> parts = Regex.Matches(index, "(?:src|href)=\"(/[^\"]+)\"").Select(match => match.Groups[1].Value).Distinct().ToList();
            Assert.True(parts.Count >= 5, index);
            for (int n = 0; n < parts.Count; n++)
            {
                string body;
                (status, body, answer) = await chat.SendAsync(HttpMethod.Get, parts[n], null);
                Assert.True(status == 200, parts[n]);
                Assert.Equal("no-cache", answer.Headers.GetValues("Cache-Control").Single());
                string folder = parts[n].Substring(0, parts[n].LastIndexOf('/') + 1);
                IEnumerable<string> imported = Regex.Matches(body, "from \"(\\.?/[^\"]+)\"").Select(match => match.Groups[1].Value)
                    .Select(path => path.StartsWith("./", StringComparison.Ordinal) ? folder + path.Substring(2) : path);
                parts.AddRange(imported.Except(parts).ToList());
            }
            Assert.Contains("/page/chat.js", parts);
            Assert.Contains("/signalr.min.js", parts);
            Assert.Equal(404, (await chat.GetAsync("/../netcore-chat.dll", null)).Status);
            Assert.Equal(404, (await chat.GetAsync("/page/README.md", null)).Status);
        }

        [Fact]
        public async Task Other_platforms_reach_the_node_beside_the_page()
        {
            (int status, string body) = await chat.GetAsync("/api/users", null);
            Assert.Equal(401, status);
            Assert.Contains("token", body);
        }
    }
}
