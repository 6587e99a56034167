using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using Integrador.Internal;

namespace Integrador.Testing
{
    /// <summary>
    /// Platforms that know each other, each with a node in memory, for the tests of an application.
    /// <para>Each is a real <see cref="Integrador.Node"/>, which the application's code uses unchanged; only the network and the disk below it are
    /// played. There are no ports and no files, and time stands still until the test moves it, so a test takes milliseconds.</para>
    /// <code>
    /// using var net = Mesh.Of("NetChat", "BuasApp");
    /// var chat = new Chat(net.Node("NetChat"));  // the application: it calls Start(handler)
    /// Node other = net.Node("BuasApp");
    /// other.PublishRoom("7", "Plaza", RoomKind.Public);
    /// other.PublishMessage("7", "1", "hola");
    /// net.Settle();  // all that can be delivered has been, and the handlers have returned
    /// Assert.Equal(new[] { "hola" }, chat.Shown);
    /// </code>
    /// <para><see cref="Advance"/> moves everything that goes by time: retries and what a failed handler waits for, time-outs of requests
    /// and of handlers, pings, imports, what is forgotten or becomes a dead letter for its age, and the times in event ids. The
    /// machine's clock stays what it is: for times that are only shown, such as <see cref="PlatformStatus.Since"/>.</para>
    /// <para>It is used by one thread at a time; the nodes by any number.</para>
    /// </summary>
    public sealed class Mesh : IDisposable
    {
        private readonly Native.Mesh native;
        private readonly Dictionary<string, Node> nodes = new Dictionary<string, Node>(StringComparer.Ordinal);

        private Mesh(Native.Mesh native) => this.native = native;

        /// <summary>Opens the nodes of platforms of these names.</summary>
        /// <param name="platforms">The names.</param>
        /// <returns>The mesh, to be disposed of.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Config"/>.</exception>
        public static Mesh Of(params string[] platforms) => Of(new Dictionary<string, object?>(), platforms);

        /// <summary>The same with options, which count for each of the nodes.</summary>
        /// <param name="options">
        /// What <see cref="NodeOptions.More"/> takes, by name, such as <c>retention</c>; but a mesh has neither ports nor files: no
        /// <c>listen</c>, <c>platforms</c> or <c>role</c>.
        /// </param>
        /// <param name="platforms">The names.</param>
        /// <returns>The mesh, to be disposed of.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Config"/>.</exception>
        public static Mesh Of(IReadOnlyDictionary<string, object?> options, params string[] platforms)
        {
            IReadOnlyList<Native.Setting> settings = Settings.Of(Given.NotNull(options, nameof(options)));
            List<string> names = Given.NotNull(platforms, nameof(platforms)).Select(name => Given.Text(name, nameof(platforms))).ToList();
            return Failures.Do(() => new Mesh(Native.Mesh.Open(names, settings)));
        }

        /// <summary>The node of a platform, as it is now: after <see cref="Reopen"/> it is another one.</summary>
        /// <param name="platform">Its name.</param>
        /// <returns>Its node.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>; <see cref="ErrorKind.Closed"/> between <see cref="Crash"/> and
        /// <see cref="Reopen"/>.
        /// </exception>
        public Node Node(string platform)
        {
            string name = Given.Text(platform, nameof(platform));
            if (!nodes.TryGetValue(name, out Node? node))
            {
                node = Failures.Do(() => new Node(native.NodeOf(name)));
                nodes[name] = node;
            }
            return node;
        }

        /// <summary>Cuts a platform off: nobody reaches it, and it reaches nobody. The others see it when they try.</summary>
        /// <param name="platform">Its name.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>.</exception>
        public void Down(string platform)
        {
            string name = Given.Text(platform, nameof(platform));
            Failures.Do(() => native.Down(name));
        }

        /// <summary>
        /// Lets a platform be reached again. What waits for it goes out when the others notice, which <see cref="Settle"/> waits for.
        /// </summary>
        /// <param name="platform">Its name.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>.</exception>
        public void Up(string platform)
        {
            string name = Given.Text(platform, nameof(platform));
            Failures.Do(() => native.Up(name));
        }

        /// <summary>
        /// Has the process of a platform die: what its node had not committed is lost, and its node answers
        /// <see cref="ErrorKind.Closed"/>. Its store is there for <see cref="Reopen"/>.
        /// </summary>
        /// <param name="platform">Its name.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>.</exception>
        public void Crash(string platform)
        {
            string name = Given.Text(platform, nameof(platform));
            Failures.Do(() => native.Crash(name));
            if (nodes.TryGetValue(name, out Node? before))
            {
                nodes.Remove(name);
                before.Dispose();
            }
        }

        /// <summary>Opens the node of a platform again on its store, without a handler; one that is open is closed before.</summary>
        /// <param name="platform">Its name.</param>
        /// <returns>Its new node.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>.</exception>
        public Node Reopen(string platform)
        {
            string name = Given.Text(platform, nameof(platform));
            nodes.TryGetValue(name, out Node? before);
            before?.Stop();
            Node node = Failures.Do(() => new Node(native.Reopen(name)));
            nodes[name] = node;
            before?.Dispose();
            return node;
        }

        /// <summary>
        /// Moves time on; what falls due meanwhile happens in its order, and handlers that are called have returned when this returns. A
        /// day takes some seconds.
        /// </summary>
        /// <param name="span">How far, at least zero.</param>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Internal"/> if a handler takes longer than 10 s, <see cref="ErrorKind.Invalid"/>.
        /// </exception>
        public void Advance(TimeSpan span)
        {
            if (span < TimeSpan.Zero)
            {
                throw Failures.Invalid(nameof(span), "expected zero or more");
            }
            WaitForHandlers();
            Apart(() => native.Advance(span));
        }

        /// <summary>
        /// Returns when all that can be delivered has been: platforms that can be reached see each other, nothing waits for them, and the
        /// handlers have returned. Time moves on as far as that takes, usually a few milliseconds: after a platform was down, until the
        /// others try it again.
        /// <para>What a handler failed at comes later: <see cref="Advance"/>. Events that a test has taken itself it acknowledges
        /// before.</para>
        /// </summary>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Internal"/> if a handler takes longer than 10 s, or what a test has taken is not acknowledged;
        /// <see cref="ErrorKind.Transport"/> if something does not arrive although its platform can be reached.
        /// </exception>
        public void Settle()
        {
            WaitForHandlers();
            Apart(() => native.Settle());
        }

        /// <summary>Ends all nodes that are still open, and their handlers. Disposing again does nothing.</summary>
        public void Dispose()
        {
            foreach (Node node in nodes.Values)
            {
                node.Stop();
            }
            try
            {
                native.Close();
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            foreach (Node node in nodes.Values)
            {
                node.Dispose();
            }
            nodes.Clear();
            native.Dispose();
        }

        /// <summary>
        /// The core waits for handlers, but not for whoever takes events in the thread that asks. Handlers run on the pool, and so does
        /// a test after what it has awaited: then another thread asks.
        /// </summary>
        private void Apart(Action work)
        {
            if (!Thread.CurrentThread.IsThreadPoolThread || !nodes.Values.Any(node => node.Listens))
            {
                Failures.Do(work);
                return;
            }
            ExceptionDispatchInfo? failure = null;
            var thread = new Thread(() =>
            {
                try
                {
                    Failures.Do(work);
                }
                catch (Exception e)
                {
                    failure = ExceptionDispatchInfo.Capture(e);
                }
            });
            thread.Start();
            thread.Join();
            failure?.Throw();
        }

        /// <summary>One that was started just now may not have asked for events yet.</summary>
        private void WaitForHandlers()
        {
            foreach (string name in nodes.Where(of => of.Value.Listens).Select(of => of.Key))
            {
                Failures.Do(() => native.WaitForHandler(name));
            }
        }
    }
}
