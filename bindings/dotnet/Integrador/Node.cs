using System;
using System.Collections.Generic;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Internal;

namespace Integrador
{
    /// <summary>
    /// One node: the handle through which an application uses all of this. It may be used by any number of threads.
    /// <code>
    /// using var node = Node.Open("NetChat", store: "net-chat.db", platforms: "platforms.json");
    /// node.PublishUser("3", "Ana");
    /// node.PublishRoom("7", "Plaza", RoomKind.Public);
    /// node.Start(IntegradorHandler.Messages(m => Console.WriteLine($"{m.SenderName}: {m.Text}")));
    /// node.PublishMessage("7", "3", "¿Quién viene al partido?");
    /// </code>
    /// <para>Ids of the application's own are texts, 1 to 255 characters. What waits for the disk or the network exists twice: as a call
    /// that holds its thread, and as one to await, whose name ends with Async. A token that is cancelled before the operation has
    /// reached the store ends it, and nothing has happened; later it ends the wait alone, and the operation may have had its effect:
    /// give a message a key, and it can be published again.</para>
    /// <para>Everything throws <see cref="IntegradorException"/>, after <see cref="Close"/> of kind <see cref="ErrorKind.Closed"/>; and
    /// <see cref="ArgumentNullException"/> where an argument is null that must not be.</para>
    /// </summary>
    public sealed partial class Node : ILookup, IDisposable
#if !NETSTANDARD2_0
        , IAsyncDisposable
#endif
    {
        private readonly Native.Node native;
        private readonly object gate = new object();
        private Pump? pump;
        private Pump? closingPump;
        private Task? closing;

        internal Node(Native.Node native)
        {
            this.native = native;
            Name = Failures.Do(() => native.Name());
        }

        /// <summary>The node's name: its platform's, or its own if it is standalone.</summary>
        public string Name { get; }

        /// <summary>Whether it was closed: then every call answers <see cref="ErrorKind.Closed"/>.</summary>
        public bool IsClosed
        {
            get
            {
                try
                {
                    return native.IsClosed();
                }
                catch (ObjectDisposedException)
                {
                    return true;
                }
            }
        }

        /// <summary>Where the node's own listener can be reached; null when it has none (<see cref="NodeOptions.Listen"/>).</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public IPEndPoint? LocalEndPoint => Failures.Do(() => Shown.EndPoint(native.LocalAddress()));

        /// <summary>Opens a node.</summary>
        /// <param name="options">What configures it.</param>
        /// <returns>The node, to be closed.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Config"/> (an option or the registry file is wrong, or the native library can't be loaded),
        /// <see cref="ErrorKind.Store"/> (the file can't be opened, or this process has it open already).
        /// </exception>
        public static Node Open(NodeOptions options)
        {
            IReadOnlyList<Native.Setting> settings = Settings.Of(Given.NotNull(options, nameof(options)));
            return Failures.Do(() => new Node(Native.Node.Open(settings)));
        }

        /// <summary>Opens the node of a platform: the common case.</summary>
        /// <param name="platform">Its name: see <see cref="NodeOptions.Platform"/>.</param>
        /// <param name="store">The file of the store: see <see cref="NodeOptions.Store"/>.</param>
        /// <param name="platforms">The registry file: see <see cref="NodeOptions.Platforms"/>.</param>
        /// <param name="listen">The address of its own listener, or null: see <see cref="NodeOptions.Listen"/>.</param>
        /// <returns>The node, to be closed.</returns>
        /// <exception cref="IntegradorException">As <see cref="Open(NodeOptions)"/>.</exception>
        public static Node Open(string platform, string store, string platforms, string? listen = null) =>
            Open(new NodeOptions { Platform = platform, Store = store, Platforms = platforms, Listen = listen });

        /// <summary>Opens a node without holding the thread.</summary>
        /// <param name="options">What configures it.</param>
        /// <param name="cancellationToken">Cancelled, the node is not opened, or closed again.</param>
        /// <returns>The node, to be closed.</returns>
        /// <exception cref="IntegradorException">As <see cref="Open(NodeOptions)"/>.</exception>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public static async Task<Node> OpenAsync(NodeOptions options, CancellationToken cancellationToken = default)
        {
            Given.NotNull(options, nameof(options));
            Node node = await Task.Run(() => Open(options), cancellationToken).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested)
            {
                await node.CloseAsync().ConfigureAwait(false);
                throw new OperationCanceledException(cancellationToken);
            }
            return node;
        }

        /// <summary>The platforms that take part, this application included. From memory.</summary>
        /// <returns>Them.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<Platform> Platforms() => Failures.Do(() => Shown.All(native.Platforms(), Shown.Platform));

        /// <summary>The users of all platforms, the application's own included, or of one. From memory.</summary>
        /// <param name="platform">Its name; null for all.</param>
        /// <returns>Them.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        public IReadOnlyList<User> Users(string? platform = null)
        {
            string? given = Given.TextOrNull(platform, nameof(platform));
            return Failures.Do(() => Shown.All(native.Users(given), Shown.User));
        }

        /// <summary>The rooms of all platforms that are known here, the application's own included. From memory.</summary>
        /// <returns>Them.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<Room> Rooms() => Failures.Do(() => Shown.All(native.Rooms(), Shown.Room));

        /// <summary>One room. From memory.</summary>
        /// <param name="room">Which.</param>
        /// <returns>It; null if it is not known here.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public Room? Room(Ref room)
        {
            Native.Reference given = Given.Ref(room, nameof(room));
            Native.Room? found = Failures.Do(() => native.Room(given));
            return found == null ? null : Shown.Room(found);
        }

        /// <inheritdoc/>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public IReadOnlyList<string> Recipients(Ref room)
        {
            Native.Reference given = Given.Ref(room, nameof(room));
            return Failures.Do(() => native.Recipients(given));
        }

        /// <inheritdoc/>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public string? LocalId(BindKind kind, ExternalId external)
        {
            Native.ExternalId given = Given.External(external, nameof(external));
            return Failures.Do(() => native.LocalId(Given.Kind(kind), given));
        }

        /// <summary>The other way round: what everybody calls a user or a room. From memory.</summary>
        /// <param name="kind">Which of the two.</param>
        /// <param name="local">What the application calls it.</param>
        /// <returns>Its external id; null when neither an own one nor a bound one is called so.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public ExternalId? ExternalId(BindKind kind, string local)
        {
            string given = Given.Text(local, nameof(local));
            Native.ExternalId? found = Failures.Do(() => native.ExternalId(Given.Kind(kind), given));
            return found == null ? null : Shown.External(found);
        }

        /// <summary>The node in figures, those of one name together. From memory.</summary>
        /// <returns>Them.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<Metric> Metrics() => Failures.Do(() => Shown.All(native.Metrics(), Shown.Metric));

        /// <summary>The node in figures, as Prometheus reads them. From memory.</summary>
        /// <returns>The text.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public string Prometheus() => Failures.Do(() => native.Prometheus());

        /// <summary>The events one by one, for an application that has a loop of its own.</summary>
        /// <returns>A consumer, to be disposed of.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public Consumer CreateConsumer() => Failures.Do(() => new Consumer(native.OpenEvents(), this));

        /// <summary>
        /// Calls the handler for what happens elsewhere, on the thread pool, until <see cref="Stop"/> or <see cref="Close"/>. A handler
        /// that was started before is stopped first.
        /// </summary>
        /// <param name="handler">What the application does.</param>
        /// <param name="workers">How many events are handled at a time, at least 1; each room belongs to one worker at a time.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>, <see cref="ErrorKind.Invalid"/>.</exception>
        /// <exception cref="ArgumentNullException">The handler is null.</exception>
        public void Start(IIntegradorHandler handler, int workers = 1)
        {
            Given.NotNull(handler, nameof(handler));
            if (workers < 1)
            {
                throw Failures.Invalid(nameof(workers), "expected at least 1");
            }
            Stop();
            Pump? other;
            lock (gate)
            {
                if (closing != null)
                {
                    throw Failures.Closed();
                }
                // Another thread may have started one since.
                other = pump;
                pump = new Pump(this, handler, workers);
            }
            other?.Stop();
        }

        /// <summary>
        /// Ends the calls of the handler; waits until it has returned, for 10 s at most. Called by the handler itself it does not wait for
        /// that.
        /// </summary>
        public void Stop() => TakePump()?.Stop();

        /// <summary>The same without holding the thread.</summary>
        /// <param name="cancellationToken">Cancelled, it waits no longer: the token that the handler got is cancelled then.</param>
        /// <returns>What ends when the handler has returned.</returns>
        public Task StopAsync(CancellationToken cancellationToken = default) =>
            TakePump()?.StopAsync(cancellationToken) ?? Task.CompletedTask;

#if !NETSTANDARD2_0
        /// <summary>
        /// The events for an <c>await foreach</c>. One is done when the loop asks for the next; the one at which the loop is left, by
        /// <c>break</c> or by an exception, has failed and comes again.
        /// </summary>
        /// <param name="cancellationToken">Ends the loop, by an exception.</param>
        /// <returns>The events, without end.</returns>
        /// <exception cref="IntegradorException">As <see cref="Consumer.Next"/>.</exception>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public async IAsyncEnumerable<Event> ConsumeAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            Consumer events = CreateConsumer();
            try
            {
                while (true)
                {
                    Event? e = await events.NextAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
                    if (e != null)
                    {
                        yield return e;
                        events.Done();
                    }
                }
            }
            finally
            {
                await events.CloseAsync().ConfigureAwait(false);
            }
        }
#endif

        /// <summary>
        /// Ends the handler and the node: finishes what is in flight, for at most <see cref="NodeOptions.CloseTimeout"/>. Nothing that was
        /// acknowledged is lost, here or where the process ends without it. Closing again does nothing. Called by the handler it returns at
        /// once, and the node closes as soon as that has returned too.
        /// </summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>: the node is closed all the same.</exception>
        public void Close()
        {
            Task? ends = BeginClose();
            if (ends != null)
            {
                Failures.Do(() => ends.GetAwaiter().GetResult());
            }
        }

        /// <summary>The same as <see cref="Close"/> without holding the thread.</summary>
        /// <returns>What ends when it is closed.</returns>
        /// <exception cref="IntegradorException">As <see cref="Close"/>.</exception>
        public Task CloseAsync() => BeginClose() ?? Task.CompletedTask;

        /// <summary>The same as <see cref="Close"/>, and never throws.</summary>
        public void Dispose()
        {
            try
            {
                Close();
            }
            catch (IntegradorException e)
            {
                IntegradorLog.Write(LogLineLevel.Error, "the node was closed, but not as it should be: " + e.Message, e);
            }
        }

#if !NETSTANDARD2_0
        /// <summary>The same without holding the thread.</summary>
        /// <returns>What ends when it is closed.</returns>
        public async ValueTask DisposeAsync()
        {
            try
            {
                await CloseAsync().ConfigureAwait(false);
            }
            catch (IntegradorException e)
            {
                IntegradorLog.Write(LogLineLevel.Error, "the node was closed, but not as it should be: " + e.Message, e);
            }
        }
#endif

        /// <summary>Such as <c>Node NetChat</c>.</summary>
        /// <returns>That.</returns>
        public override string ToString() => "Node " + Name;

        /// <summary>Whether a handler was started that was not stopped: a mesh waits for it.</summary>
        internal bool Listens
        {
            get
            {
                lock (gate)
                {
                    return pump != null;
                }
            }
        }

        private Pump? TakePump()
        {
            lock (gate)
            {
                Pump? running = pump;
                pump = null;
                return running;
            }
        }

        /// <summary>Begins to close, once. What to wait for; null: nothing, since the handler itself closes, and the node waits for it.</summary>
        private Task? BeginClose()
        {
            lock (gate)
            {
                bool inside = pump?.IsInside == true || closingPump?.IsInside == true;
                if (closing == null)
                {
                    closingPump = pump;
                    pump = null;
                    bool suppressed = ExecutionContext.IsFlowSuppressed();
                    AsyncFlowControl flow = suppressed ? default : ExecutionContext.SuppressFlow();
                    try
                    {
                        // A thread of its own, for it may wait for long.
                        closing = Task.Factory.StartNew(
                            Shut, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                    }
                    finally
                    {
                        if (!suppressed)
                        {
                            flow.Undo();
                        }
                    }
                }
                return inside ? null : closing;
            }
        }

        private void Shut()
        {
            try
            {
                closingPump?.Stop();
                Failures.Do(() => native.Close());
            }
            finally
            {
                native.Dispose();
            }
        }
    }
}
