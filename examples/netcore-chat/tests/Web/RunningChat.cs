using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace NetCoreChat.Tests.Web
{
    /// <summary>The whole chat with its web server, asked as a browser asks it.</summary>
    internal sealed class RunningChat : IAsyncDisposable
    {
        private readonly TemporaryFolder folder = new TemporaryFolder();
        private readonly HttpClient http = new HttpClient(new HttpClientHandler { UseCookies = false }) { Timeout = TimeSpan.FromSeconds(20) };
        private readonly IHost host;

        private RunningChat(string[] more)
        {
            Chat = Chat.OpenAsync(folder.Path, "net core", new[] { "Lucía", "Mateo", "Zoe" }, _ => { }).GetAwaiter().GetResult();
            host = ChatHost.Build(Chat, Options.Parse(new[] { "--data", folder.Path, "--listen", "127.0.0.1:0" }.Concat(more).ToArray()));
        }

        internal Chat Chat { get; }

        internal string Address { get; private set; } = "";

        internal IServiceProvider Services => host.Services;

        internal static async Task<RunningChat> StartAsync(params string[] more)
        {
            var running = new RunningChat(more);
            await running.host.StartAsync();
            running.Address = Program.AddressOf(running.host);
            return running;
        }

        internal async Task<(int Status, string Body, HttpResponseMessage Answer)> SendAsync(
            HttpMethod method, string path, string? cookie, string? body = null, string mime = "application/json", string? origin = null)
        {
            using var request = new HttpRequestMessage(method, Address + path);
            if (cookie != null)
            {
                request.Headers.Add("Cookie", cookie);
            }
            if (origin != null)
            {
                request.Headers.Add("Origin", origin);
            }
            if (body != null)
            {
                request.Content = new StringContent(body, Encoding.UTF8, mime);
            }
            HttpResponseMessage answer = await http.SendAsync(request);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer);
        }

        internal async Task<(int Status, string Body)> GetAsync(string path, string? cookie)
        {
            (int status, string body, _) = await SendAsync(HttpMethod.Get, path, cookie);
            return (status, body);
        }

        internal async Task<(int Status, string Body)> PostAsync(string path, string? cookie, object body)
        {
            (int status, string answer, _) = await SendAsync(HttpMethod.Post, path, cookie, body as string ?? JsonSerializer.Serialize(body));
            return (status, answer);
        }

        internal Guid IdOf(string name)
        {
            foreach (Model.User user in Chat.Users.Own())
            {
                if (user.Name == name)
                {
                    return user.Id;
                }
            }
            throw new InvalidOperationException(name);
        }

        /// <summary>The session's cookie, as the browser sends it.</summary>
        internal async Task<string> LogInAsync(string name)
        {
            (int status, string body, HttpResponseMessage answer) =
                await SendAsync(HttpMethod.Post, "/app/login", null, JsonSerializer.Serialize(new { id = IdOf(name) }));
            Assert.True(status == 200, body);
            string cookie = string.Join("", answer.Headers.GetValues("Set-Cookie"));
            string lower = cookie.ToLowerInvariant();
            Assert.Contains("httponly", lower);
            Assert.Contains("samesite=strict", lower);
            return cookie.Substring(0, cookie.IndexOf(';', StringComparison.Ordinal));
        }

        /// <summary>The path of a new conversation.</summary>
        internal async Task<string> CreateAsync(string cookie, params Guid[] members)
        {
            (int status, string body) = await PostAsync("/app/conversations", cookie, new { members });
            Assert.True(status == 200, body);
            return "/app/conversations/" + JsonDocument.Parse(body).RootElement.GetProperty("id").GetString();
        }

        internal string Plaza => "/app/conversations/" + Assert.Single(Chat.Conversations.Of(Guid.Empty)).Id;

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
            Chat.Dispose();
            http.Dispose();
            folder.Dispose();
        }
    }
}
