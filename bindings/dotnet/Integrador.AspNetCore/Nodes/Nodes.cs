using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Options;

namespace Integrador.AspNetCore
{
    /// <summary>Opens each node of the application once, by whoever asks for it first, and closes them all.</summary>
    internal sealed class Nodes : IIntegradorNodes, IDisposable, IAsyncDisposable
    {
        private readonly IOptionsMonitor<IntegradorOptions> options;
        private readonly CoreLogs logs;
        private readonly Dictionary<string, Place> places;

        public Nodes(IEnumerable<NodeName> names, IOptionsMonitor<IntegradorOptions> options, CoreLogs logs)
        {
            this.options = options;
            this.logs = logs;
            places = names.ToDictionary(name => name.Name, _ => new Place(), StringComparer.Ordinal);
            Names = places.Keys.ToList();
        }

        public IReadOnlyList<string> Names { get; }

        public Node Get(string name = "") => Find(name).Open(() => Open(name));

        /// <summary>The node if it is open already, or was; null otherwise.</summary>
        internal Node? Current(string name) => Find(name).Node;

        /// <summary>What this node is to be opened with.</summary>
        /// <exception cref="OptionsValidationException">It can't be, and why not.</exception>
        internal IntegradorOptions OptionsOf(string name) => options.Get(name);

        /// <summary>Opens those that are not open yet.</summary>
        internal async Task OpenAllAsync(CancellationToken cancellation)
        {
            foreach (string name in Names)
            {
                cancellation.ThrowIfCancellationRequested();
                await Task.Run(() => Get(name), cancellation).ConfigureAwait(false);
            }
        }

        /// <summary>Closes all: what is in flight ends before.</summary>
        internal Task CloseAllAsync() => Task.WhenAll(places.Values.Select(place => place.CloseAsync()));

        public async ValueTask DisposeAsync() => await CloseAllAsync().ConfigureAwait(false);

        public void Dispose()
        {
            foreach (Place place in places.Values)
            {
                place.End()?.Dispose();
            }
        }

        private Node Open(string name)
        {
            NodeOptions options = OptionsOf(name).ForNode();
            // What it says while it opens is not to be missed.
            logs.Begin();
            return Node.Open(options);
        }

        private Place Find(string name)
        {
            if (name != null && places.TryGetValue(name, out Place? place))
            {
                return place;
            }

            string there = string.Join(", ", Names.Select(known => $"\"{known}\""));
            throw new InvalidOperationException(
                $"No node was added under the name \"{name}\": add it with services.AddIntegrador(\"{name}\", …). There are: {there}.");
        }

        /// <summary>Where one of them is.</summary>
        private sealed class Place
        {
            private readonly object gate = new object();
            private Node? node;
            private bool ended;

            internal Node? Node
            {
                get
                {
                    lock (gate)
                    {
                        return node;
                    }
                }
            }

            internal Node Open(Func<Node> open)
            {
                lock (gate)
                {
                    if (node == null && ended)
                    {
                        throw new ObjectDisposedException(nameof(IIntegradorNodes), "The application stops: it opens no node any more.");
                    }

                    return node ??= open();
                }
            }

            /// <summary>From now on none is opened; the one that was.</summary>
            internal Node? End()
            {
                lock (gate)
                {
                    ended = true;
                    return node;
                }
            }

            internal async Task CloseAsync()
            {
                Node? node = End();
                if (node != null)
                {
                    await node.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }
}
