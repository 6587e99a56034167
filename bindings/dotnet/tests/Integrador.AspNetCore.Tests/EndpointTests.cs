using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>The application's web server answers the other platforms.</summary>
    public sealed class EndpointTests : IDisposable
    {
        private readonly Folder folder = new Folder();

        public void Dispose() => folder.Dispose();

        [Fact]
        public async Task Two_applications_write_to_each_other()
        {
            var heard = new BlockingCollection<Message>();
            using var norte = new Peer(folder);
            await using App sur = await App.Start(
                App.Settings(folder, norte.Known()), services => services.AddIntegrador().AddHandler(message => heard.Add(message)));
            await norte.Meet("Sur", sur.Address + "/api/");
            await sur.Node.PublishUserAsync("1", "Ana");
            await norte.Node.PublishMessageAsync("1", "1", "¡Hola, Sur!");
            Message came = await heard.Next();
            Assert.Equal("Bruno: ¡Hola, Sur!", $"{came.SenderName}: {came.Text}");
            await sur.Node.PublishMessageAsync(ExternalId.Parse("Norte:1"), "1", "Buenas");
            Message answer = await norte.Heard.Next();
            Assert.Equal("Ana: Buenas", $"{answer.SenderName}: {answer.Text}");
        }

        [Fact]
        public async Task Two_web_applications_of_one_process_write_to_each_other()
        {
            var heard = new BlockingCollection<Message>();
            var settings = new Dictionary<string, string>
            {
                ["Integrador:Platform"] = "Este", ["Integrador:Store"] = folder.At("este.db"), ["Integrador:Platforms"] = folder.Registry("este.json"),
            };
            await using App este = await App.Start(settings, services => services.AddIntegrador());
            await using App sur = await App.Start(
                App.Settings(folder, folder.Registry("sur.json", "Este", este.Address + "/api/")),
                services => services.AddIntegrador().AddHandler(message => heard.Add(message)));
            folder.Registry("este.json", "Sur", sur.Address + "/api/");
            // What was written before a platform was known does not go there.
            await este.Sees("Sur");
            await este.Node.PublishUserAsync("1", "Emma");
            await este.Node.PublishRoomAsync("1", "Patio", RoomKind.Public);
            await este.Node.PublishMessageAsync("1", "1", "¿Hay alguien?");
            Assert.Equal("¿Hay alguien?", (await heard.Next()).Text);
        }

        [Fact]
        public async Task It_answers_below_its_path_alone_and_with_the_nodes_words()
        {
            await using App sur = await App.Start(App.Settings(folder), services => services.AddIntegrador());
            Assert.Equal(HttpStatusCode.OK, (await sur.Http.GetAsync(sur.Address + "/api/ping")).StatusCode);
            HttpResponseMessage unknown = await sur.Http.GetAsync(sur.Address + "/api/no-such-path");
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
            Assert.Equal("application/json", unknown.Content.Headers.ContentType!.MediaType);
            Assert.Contains("\"status\":404", await unknown.Content.ReadAsStringAsync());
            HttpResponseMessage elsewhere = await sur.Http.GetAsync(sur.Address + "/ping");
            Assert.Equal(string.Empty, await elsewhere.Content.ReadAsStringAsync());
            HttpResponseMessage wrong = await sur.Http.SendAsync(new HttpRequestMessage(HttpMethod.Delete, sur.Address + "/api/user"));
            Assert.Equal(HttpStatusCode.MethodNotAllowed, wrong.StatusCode);
            Assert.True(wrong.Content.Headers.Allow.Any(), "the node's header Allow is missing");
        }

        [Fact]
        public async Task A_post_and_a_query_with_a_token_come_to_the_node_as_they_are()
        {
            await using App sur = await App.Start(
                App.Settings(folder, folder.Registry("sur.json", "Norte", "http://127.0.0.1:1/")), services => services.AddIntegrador());
            string user = $"{{\"id\": 4, \"name\": \"Ñandú\", \"token\": \"{Folder.Token}\"}}";
            HttpResponseMessage posted = await sur.Http.PostAsync(sur.Address + "/api/user", Json(user));
            Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
            Assert.Equal("Ñandú", Assert.Single(sur.Node.Users("Norte")).Name);
            HttpResponseMessage refused = await sur.Http.PostAsync(sur.Address + "/api/user", Json(user.Replace(Folder.Token, "otro")));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        [Fact]
        public async Task It_answers_below_a_path_base_and_below_a_group_with_parameters()
        {
            await using App sur = await App.Start(
                App.Settings(folder),
                services => services.AddIntegrador(),
                endpoints =>
                {
                    endpoints.MapIntegrador("/api/");
                    endpoints.MapIntegrador("/{tenant}/puente");
                },
                before => before.UsePathBase("/chat"));
            foreach (string path in new[] { "/chat/api/ping", "/api/ping", "/chat/acme/puente/ping", "/acme/puente/ping" })
            {
                Assert.Equal(HttpStatusCode.OK, (await sur.Http.GetAsync(sur.Address + path)).StatusCode);
            }
        }

        [Fact]
        public async Task A_body_that_is_too_long_gets_the_nodes_status_and_is_not_read_to_its_end()
        {
            long read = 0;
            await using App sur = await App.Start(
                App.Settings(folder),
                services => services.AddIntegrador(),
                before: before => before.Use(next => async context =>
                {
                    var counted = new CountedStream(context.Request.Body);
                    context.Request.Body = counted;
                    await next(context);
                    read = counted.Count;
                }));
            using var body = new ByteArrayContent(new byte[20 << 20]);
            HttpResponseMessage answer = await sur.Http.PostAsync(sur.Address + "/api/user", body);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            Assert.Contains("\"status\":413", await answer.Content.ReadAsStringAsync());
            Assert.Equal((2 << 20) + 1, read);
        }

        [Fact]
        public async Task The_option_for_the_length_of_bodies_counts_and_the_servers_does_not()
        {
            Dictionary<string, string> settings = App.Settings(folder, folder.Registry("sur.json", "Norte", "http://127.0.0.1:1/"));
            settings["Integrador:Limits:Body"] = "4194304";
            await using App sur = await App.Start(
                settings,
                services => services
                    .Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = 1_000)
                    .AddIntegrador());
            string user = $"{{\"id\": 4, \"name\": \"Juan\", \"token\": \"{Folder.Token}\"{new string(' ', 3 << 20)}}}";
            HttpResponseMessage answer = await sur.Http.PostAsync(sur.Address + "/api/user", Json(user));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        // Shows promise 5.
        [Fact]
        public async Task Long_bodies_that_nobody_finishes_make_later_ones_wait_and_leave_with_their_connection()
        {
            await using App sur = await App.Start(
                App.Settings(folder, folder.Registry("sur.json", "Norte", "http://127.0.0.1:1/")), services => services.AddIntegrador());
            var uri = new Uri(sur.Address);
            var clients = new List<TcpClient>();
            HttpResponseMessage? answer = null;
            string user = $"{{\"id\": 4, \"name\": \"Juan\", \"token\": \"{Folder.Token}\"{new string(' ', 900_000)}}}";
            try
            {
                // There is room for these …
                for (int i = 0; i < 33; i++)
                {
                    clients.Add(await Hog(uri));
                }

                // … and not for many more.
                await Eventually.So("a long body is refused", async () =>
                {
                    clients.Add(await Hog(uri));
                    answer = await sur.Http.PostAsync(sur.Address + "/api/user", Json(user));
                    return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
                });
                Assert.InRange(clients.Count, 34, 100);
                Assert.Equal("1", answer!.Headers.GetValues("Retry-After").Single());
                // What is short is always read.
                Assert.Equal(HttpStatusCode.OK, (await sur.Http.PostAsync(sur.Address + "/api/user", Json(user.Replace(" ", string.Empty)))).StatusCode);
            }
            finally
            {
                clients.ForEach(client => client.Dispose());
            }

            await Eventually.So(
                "there is room again",
                async () => (await sur.Http.PostAsync(sur.Address + "/api/user", Json(user))).StatusCode == HttpStatusCode.OK);
        }

        [Fact]
        public async Task A_node_that_is_closed_asks_to_try_again()
        {
            await using App sur = await App.Start(App.Settings(folder), services => services.AddIntegrador());
            sur.Node.Close();
            HttpResponseMessage answer = await sur.Http.GetAsync(sur.Address + "/api/ping");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
        }

        [Fact]
        public async Task A_second_node_has_a_path_of_its_own()
        {
            Dictionary<string, string> settings = App.Settings(folder);
            settings["Integrador:Nodes:second:Platform"] = "Oeste";
            settings["Integrador:Nodes:second:Store"] = folder.At("oeste.db");
            await using App app = await App.Start(
                settings,
                services =>
                {
                    services.AddIntegrador();
                    services.AddIntegrador("second");
                },
                endpoints =>
                {
                    endpoints.MapIntegrador("/api");
                    endpoints.MapIntegrador("/oeste", name: "second");
                });
            var nodes = app.Services.GetRequiredService<IIntegradorNodes>();
            Assert.Equal(new[] { string.Empty, "second" }, nodes.Names);
            Assert.Equal("Oeste", nodes.Get("second").Name);
            Assert.Same(app.Node, nodes.Get());
            Assert.Contains("Sur", await app.Http.GetStringAsync(app.Address + "/api/ping"));
            Assert.Contains("Oeste", await app.Http.GetStringAsync(app.Address + "/oeste/ping"));
#if NET8_0_OR_GREATER
            Assert.Same(nodes.Get("second"), app.Services.GetRequiredKeyedService<Node>("second"));
#endif
            var unknown = Assert.Throws<InvalidOperationException>(() => nodes.Get("third"));
            Assert.Contains("\"third\"", unknown.Message);
        }

        [Fact]
        public async Task A_path_for_a_node_that_was_not_added_is_an_error_at_the_start()
        {
            var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => App.Start(
                App.Settings(folder), services => services.AddIntegrador(), endpoints => endpoints.MapIntegrador("/api", name: "second")));
            Assert.Contains("services.AddIntegrador(\"second\", …)", failure.Message);
            failure = await Assert.ThrowsAsync<InvalidOperationException>(() => App.Start(App.Settings(folder), _ => { }));
            Assert.Contains("services.AddIntegrador(…)", failure.Message);
        }

        /// <summary>Posts a body and leaves out its end.</summary>
        private static async Task<TcpClient> Hog(Uri uri)
        {
            var client = new TcpClient();
            await client.ConnectAsync(uri.Host, uri.Port);
            byte[] head = Encoding.ASCII.GetBytes("POST /api/user HTTP/1.1\r\nHost: sur\r\nContent-Length: 2000000\r\n\r\n");
            await client.GetStream().WriteAsync(head);
            await client.GetStream().WriteAsync(new byte[1_900_000]);
            return client;
        }

        private static StringContent Json(string text) => new StringContent(text, Encoding.UTF8, "application/json");

        /// <summary>Counts what is read.</summary>
        private sealed class CountedStream : Stream
        {
            private readonly Stream inner;

            internal CountedStream(Stream inner) => this.inner = inner;

            internal long Count { get; private set; }

            public override bool CanRead => true;

            public override bool CanSeek => false;

            public override bool CanWrite => false;

            public override long Length => throw new NotSupportedException();

            public override long Position
            {
                get => throw new NotSupportedException();
                set => throw new NotSupportedException();
            }

            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, System.Threading.CancellationToken cancellationToken = default)
            {
                int count = await inner.ReadAsync(buffer, cancellationToken);
                Count += count;
                return count;
            }

            public override Task<int> ReadAsync(byte[] buffer, int offset, int count, System.Threading.CancellationToken cancellationToken) =>
                ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override void Flush() => throw new NotSupportedException();

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();

            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        }
    }
}
