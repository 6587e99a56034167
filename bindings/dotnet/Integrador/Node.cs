using System;
using System.Collections.Generic;
using System.Net;
using System.Threading;
using System.Threading.Tasks;

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
        private Node()
        {
        }

        /// <summary>The node's name: its platform's, or its own if it is standalone.</summary>
        public string Name => throw new NotImplementedException();

        /// <summary>Whether it was closed: then every call answers <see cref="ErrorKind.Closed"/>.</summary>
        public bool IsClosed => throw new NotImplementedException();

        /// <summary>Where the node's own listener can be reached; null when it has none (<see cref="NodeOptions.Listen"/>).</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public IPEndPoint? LocalEndPoint => throw new NotImplementedException();

        /// <summary>Opens a node.</summary>
        /// <param name="options">What configures it.</param>
        /// <returns>The node, to be closed.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Config"/> (an option or the registry file is wrong, or the native library can't be loaded),
        /// <see cref="ErrorKind.Store"/> (the file can't be opened, or this process has it open already).
        /// </exception>
        public static Node Open(NodeOptions options) => throw new NotImplementedException();

        /// <summary>Opens the node of a platform: the common case.</summary>
        /// <param name="platform">Its name: see <see cref="NodeOptions.Platform"/>.</param>
        /// <param name="store">The file of the store: see <see cref="NodeOptions.Store"/>.</param>
        /// <param name="platforms">The registry file: see <see cref="NodeOptions.Platforms"/>.</param>
        /// <param name="listen">The address of its own listener, or null: see <see cref="NodeOptions.Listen"/>.</param>
        /// <returns>The node, to be closed.</returns>
        /// <exception cref="IntegradorException">As <see cref="Open(NodeOptions)"/>.</exception>
        public static Node Open(string platform, string store, string platforms, string? listen = null) =>
            throw new NotImplementedException();

        /// <summary>Opens a node without holding the thread.</summary>
        /// <param name="options">What configures it.</param>
        /// <param name="cancellationToken">Cancelled, the node is not opened, or closed again.</param>
        /// <returns>The node, to be closed.</returns>
        /// <exception cref="IntegradorException">As <see cref="Open(NodeOptions)"/>.</exception>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public static Task<Node> OpenAsync(NodeOptions options, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>The platforms that take part, this application included. From memory.</summary>
        /// <returns>Them.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<Platform> Platforms() => throw new NotImplementedException();

        /// <summary>The users of all platforms, the application's own included, or of one. From memory.</summary>
        /// <param name="platform">Its name; null for all.</param>
        /// <returns>Them.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        public IReadOnlyList<User> Users(string? platform = null) => throw new NotImplementedException();

        /// <summary>The rooms of all platforms that are known here, the application's own included. From memory.</summary>
        /// <returns>Them.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<Room> Rooms() => throw new NotImplementedException();

        /// <summary>One room. From memory.</summary>
        /// <param name="room">Which.</param>
        /// <returns>It; null if it is not known here.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public Room? Room(Ref room) => throw new NotImplementedException();

        /// <inheritdoc/>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public IReadOnlyList<string> Recipients(Ref room) => throw new NotImplementedException();

        /// <inheritdoc/>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public string? LocalId(BindKind kind, ExternalId external) => throw new NotImplementedException();

        /// <summary>The other way round: what everybody calls a user or a room. From memory.</summary>
        /// <param name="kind">Which of the two.</param>
        /// <param name="local">What the application calls it.</param>
        /// <returns>Its external id; null when neither an own one nor a bound one is called so.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public ExternalId? ExternalId(BindKind kind, string local) => throw new NotImplementedException();

        /// <summary>The node in figures, those of one name together. From memory.</summary>
        /// <returns>Them.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<Metric> Metrics() => throw new NotImplementedException();

        /// <summary>The node in figures, as Prometheus reads them. From memory.</summary>
        /// <returns>The text.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public string Prometheus() => throw new NotImplementedException();

        /// <summary>The events one by one, for an application that has a loop of its own.</summary>
        /// <returns>A consumer, to be disposed of.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public Consumer CreateConsumer() => throw new NotImplementedException();

        /// <summary>
        /// Calls the handler for what happens elsewhere, on the thread pool, until <see cref="Stop"/> or <see cref="Close"/>. A handler
        /// that was started before is stopped first.
        /// </summary>
        /// <param name="handler">What the application does.</param>
        /// <param name="workers">How many events are handled at a time, at least 1; each room belongs to one worker at a time.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>, <see cref="ErrorKind.Invalid"/>.</exception>
        /// <exception cref="ArgumentNullException">The handler is null.</exception>
        public void Start(IIntegradorHandler handler, int workers = 1) => throw new NotImplementedException();

        /// <summary>
        /// Ends the calls of the handler; waits until it has returned, for 10 s at most. Called by the handler itself it does not wait for
        /// that.
        /// </summary>
        public void Stop() => throw new NotImplementedException();

        /// <summary>The same without holding the thread.</summary>
        /// <param name="cancellationToken">Cancelled, it waits no longer: the token that the handler got is cancelled then.</param>
        /// <returns>What ends when the handler has returned.</returns>
        public Task StopAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

#if !NETSTANDARD2_0
        /// <summary>
        /// The events for an <c>await foreach</c>. One is done when the loop asks for the next; the one at which the loop is left, by
        /// <c>break</c> or by an exception, has failed and comes again.
        /// </summary>
        /// <param name="cancellationToken">Ends the loop, by an exception.</param>
        /// <returns>The events, without end.</returns>
        /// <exception cref="IntegradorException">As <see cref="Consumer.Next"/>.</exception>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public IAsyncEnumerable<Event> ConsumeAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
#endif

        /// <summary>
        /// Ends the handler and the node: finishes what is in flight, for at most <see cref="NodeOptions.CloseTimeout"/>. Nothing that was
        /// acknowledged is lost, here or where the process ends without it. Closing again does nothing. Called by the handler it returns at
        /// once, and the node closes as soon as that has returned too.
        /// </summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>: the node is closed all the same.</exception>
        public void Close() => throw new NotImplementedException();

        /// <summary>The same as <see cref="Close"/>, and never throws.</summary>
        public void Dispose() => throw new NotImplementedException();

#if !NETSTANDARD2_0
        /// <summary>The same without holding the thread.</summary>
        /// <returns>What ends when it is closed.</returns>
        public ValueTask DisposeAsync() => throw new NotImplementedException();
#endif

        /// <summary>Such as <c>Node NetChat</c>.</summary>
        /// <returns>That.</returns>
        public override string ToString() => throw new NotImplementedException();
    }
}
