using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>The platform Norte, unless it has another name: a node with a listener of its own, with the user Bruno and the public room 1.</summary>
    internal sealed class Peer : IDisposable
    {
        private readonly Folder folder;

        internal Peer(Folder folder, string listen = "127.0.0.1:0", string name = "Norte")
        {
            this.folder = folder;
            Name = name;
            Node = Node.Open(new NodeOptions
            {
                Platform = Name,
                Store = folder.At("norte.db"),
                Platforms = System.IO.File.Exists(folder.At("norte.json")) ? folder.At("norte.json") : folder.Registry("norte.json"),
                Listen = listen,
                More = { ["ping_interval"] = 1 },
            });
            Address = Node.LocalEndPoint!.ToString();
            Node.PublishUser("1", "Bruno");
            Node.PublishRoom("1", "Plaza", RoomKind.Public);
            Node.Start(IntegradorHandler.Messages(Heard.Add));
        }

        internal string Name { get; }

        internal Node Node { get; }

        /// <summary><c>HOST:PORT</c>.</summary>
        internal string Address { get; }

        internal BlockingCollection<Message> Heard { get; } = new BlockingCollection<Message>();

        /// <summary>A registry file in which it stands, for others.</summary>
        internal string Known(string file = "sur.json") => folder.Registry(file, Name, $"http://{Address}/");

        /// <summary>Gets to know another platform, and waits until they have talked.</summary>
        internal async Task Meet(string name, string endpoint)
        {
            folder.Registry("norte.json", name, endpoint);
            await Eventually.So(
                $"{name} is up for {Name}",
                () => Node.GetStatus().Platforms.Any(platform => platform.Name == name && platform.Up == true));
        }

        /// <summary>Bruno writes, and the others have it on their disks when this is over.</summary>
        internal async Task Say(string text)
        {
            Receipt receipt = await Node.PublishMessageAsync("1", "1", text);
            Assert.NotEmpty(receipt.Destinations);
            await Eventually.So($"\"{text}\" is there", async () =>
                (await Node.GetDeliveryAsync(receipt.EventId!.Value)).All(one => one.State == DeliveryState.Delivered || one.State == DeliveryState.Accepted));
        }

        public void Dispose() => Node.Dispose();
    }
}
