using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace NetCoreChat.Tests.Web
{
    /// <summary>A page's connection: SignalR's JSON protocol over a WebSocket, as its client in JavaScript speaks it.</summary>
    internal sealed class HubClient : IDisposable
    {
        private const char End = '\u001e';

        private readonly ClientWebSocket socket = new ClientWebSocket();
        private readonly CancellationTokenSource patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        private readonly Queue<string> heard = new Queue<string>();
        private string rest = "";

        /// <summary>Opens it; a <see cref="WebSocketException"/> tells the status of a refusal.</summary>
        internal static async Task<HubClient> OpenAsync(string address, string? cookie, string? origin = null)
        {
            var client = new HubClient();
            if (cookie != null)
            {
                client.socket.Options.SetRequestHeader("Cookie", cookie);
            }
            if (origin != null)
            {
                client.socket.Options.SetRequestHeader("Origin", origin);
            }
            await client.socket.ConnectAsync(new Uri(address.Replace("http://", "ws://", StringComparison.Ordinal) + "/app/hub"), client.patience.Token);
            await client.SayAsync("{\"protocol\":\"json\",\"version\":1}");
            Assert.Equal("{}", await client.NextAsync());
            return client;
        }

        private async Task SayAsync(string text) =>
            await socket.SendAsync(new ArraySegment<byte>(Encoding.UTF8.GetBytes(text + End)), WebSocketMessageType.Text, true, patience.Token);

        /// <summary>The next message, whatever it is; null: hung up.</summary>
        private async Task<string?> NextAsync()
        {
            var buffer = new byte[64 << 10];
            var bytes = new MemoryStream();
            while (heard.Count == 0)
            {
                WebSocketReceiveResult part;
                try
                {
                    part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), patience.Token);
                }
                catch (WebSocketException)
                {
                    return null;
                }
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return null;
                }
                bytes.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage)
                {
                    continue;
                }
                string[] all = (rest + Encoding.UTF8.GetString(bytes.ToArray())).Split(End);
                rest = all[^1];
                bytes.SetLength(0);
                all.Take(all.Length - 1).ToList().ForEach(heard.Enqueue);
            }
            return heard.Dequeue();
        }

        /// <summary>The next push; its type is checked.</summary>
        internal async Task<JsonElement> HearsAsync(string type)
        {
            for (string? text; (text = await NextAsync()) != null;)
            {
                JsonElement message = JsonDocument.Parse(text).RootElement;
                if (message.GetProperty("type").GetInt32() == 1)
                {
                    JsonElement push = message.GetProperty("arguments")[0];
                    Assert.Equal("push", message.GetProperty("target").GetString());
                    Assert.Equal(type, push.GetProperty("type").GetString());
                    return push;
                }
            }
            throw new InvalidOperationException($"hung up before a push of type {type}");
        }

        /// <summary>The next push of this type, whatever comes before it.</summary>
        internal async Task<JsonElement> WaitsForAsync(string type)
        {
            for (string? text; (text = await NextAsync()) != null;)
            {
                JsonElement message = JsonDocument.Parse(text).RootElement;
                if (message.GetProperty("type").GetInt32() == 1 && message.GetProperty("arguments")[0].GetProperty("type").GetString() == type)
                {
                    return message.GetProperty("arguments")[0];
                }
            }
            throw new InvalidOperationException($"hung up before a push of type {type}");
        }

        /// <summary>Waits until the other side hangs up.</summary>
        internal async Task IsHungUpAsync()
        {
            while (await NextAsync() != null)
            {
            }
        }

        public void Dispose()
        {
            socket.Dispose();
            patience.Dispose();
        }
    }
}
