using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Internal;

namespace Integrador
{
    /// <summary>
    /// The events of a node, one by one, for an application that has a loop of its own; <see cref="Node.Start"/> is that loop for the
    /// others.
    /// <code>
    /// using (Consumer events = node.CreateConsumer())
    /// {
    ///     while (running)
    ///     {
    ///         Event? e = events.Next(TimeSpan.FromSeconds(1));
    ///         if (e != null)
    ///         {
    ///             Handle(e);
    ///             events.Done();
    ///         }
    ///     }
    /// }
    /// </code>
    /// <para>Each event ends with <see cref="Done"/> or <see cref="Failed"/> before the next one; one that ends with neither has failed.
    /// What is done is acknowledged in groups, within 20 ms. It is used by one thread at a time. Several consumers of a node share the
    /// rooms.</para>
    /// </summary>
    public sealed class Consumer : IDisposable
    {
        private readonly Native.Events events;
        private readonly ILookup lookup;
        private volatile bool woken;
        private volatile bool closed;

        internal Consumer(Native.Events events, ILookup lookup)
        {
            this.events = events;
            this.lookup = lookup;
        }

        /// <summary>The next event; waits until there is one.</summary>
        /// <param name="timeout">For how long, at least zero; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
        /// <returns>The event; null when none came within that time.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Closed"/>, <see cref="ErrorKind.Invalid"/>, or <see cref="ErrorKind.Store"/> where trying again is of
        /// no use.
        /// </exception>
        public Event? Next(TimeSpan timeout)
        {
            var wait = new Wait(Given.Timeout(timeout));
            bool ready;
            do
            {
                Event? e = Taken(() => events.AtHand());
                if (e != null)
                {
                    return e;
                }
                ready = Failures.Do(() => events.Ready(wait.Left));
            }
            while (GoesOn(ready, wait));
            return null;
        }

        /// <summary>The same without a thread that waits.</summary>
        /// <param name="timeout">For how long, at least zero; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
        /// <param name="cancellationToken">Ends the wait; no event is lost by that.</param>
        /// <returns>The event; null when none came within that time.</returns>
        /// <exception cref="IntegradorException">As <see cref="Next"/>.</exception>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public async Task<Event?> NextAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
        {
            var wait = new Wait(Given.Timeout(timeout));
            bool ready;
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                Event? e = Taken(() => events.AtHand());
                if (e != null)
                {
                    return e;
                }
                ready = await Failures.Do(() => events.ReadyAsync(wait.Left, cancellationToken), found => found).ConfigureAwait(false);
            }
            while (GoesOn(ready, wait));
            return null;
        }

        /// <summary>The event that came last was handled: once that is on disk, it never comes again.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public void Done() => Failures.Do(() => events.Done());

        /// <summary>
        /// The event that came last could not be handled: it comes again after a backoff, and after
        /// <see cref="NodeOptions.MaxHandlerAttempts"/> it is a dead letter.
        /// </summary>
        /// <param name="why">The reason, for people.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public void Failed(string why)
        {
            string text = Given.Text(why, nameof(why));
            Failures.Do(() => events.Failed(text));
        }

        /// <summary>Acknowledges what is done at once: on disk when this returns.</summary>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Closed"/>: the node was closed before that; what is not acknowledged comes again.
        /// </exception>
        public void Flush() => Failures.Do(() => events.Flush());

        /// <summary>The same without a thread that waits.</summary>
        /// <returns>What ends when it is on disk.</returns>
        /// <exception cref="IntegradorException">As <see cref="Flush"/>.</exception>
        public Task FlushAsync() => Failures.Do(() => events.FlushAsync());

        /// <summary>
        /// Acknowledges what is done, and gives the rest back; an event that ended with neither has failed. What could not be
        /// acknowledged, because the node was closed before, comes again. Disposing again does nothing.
        /// </summary>
        public void Dispose()
        {
            if (!BeginClose())
            {
                return;
            }
            try
            {
                Failures.Do(() => events.Close());
            }
            catch (IntegradorException e) when (e.Kind == ErrorKind.Closed)
            {
                // What is not acknowledged comes again.
            }
            finally
            {
                events.Dispose();
            }
        }

        /// <summary>The same as <see cref="Dispose"/>, awaited.</summary>
        internal async Task CloseAsync()
        {
            if (!BeginClose())
            {
                return;
            }
            try
            {
                await Failures.Do(() => events.CloseAsync()).ConfigureAwait(false);
            }
            catch (IntegradorException e) when (e.Kind == ErrorKind.Closed)
            {
                // What is not acknowledged comes again.
            }
            finally
            {
                events.Dispose();
            }
        }

        /// <summary>The same as <see cref="Failed"/>, awaited.</summary>
        internal Task FailedAsync(string why) => Failures.Do(() => events.FailedAsync(why));

        /// <summary>The event that came last was handled; the next one, if it is there already.</summary>
        internal Event? Advance() => Taken(() => events.Advance());

        /// <summary>From now on nobody waits for the next event.</summary>
        internal void Wake()
        {
            woken = true;
            try
            {
                events.Wake();
            }
            catch (ObjectDisposedException)
            {
                // It has ended already.
            }
        }

        private bool BeginClose()
        {
            lock (events)
            {
                if (closed)
                {
                    return false;
                }
                closed = true;
            }
            Wake();
            return true;
        }

        private Event? Taken(Func<Native.Event?> take)
        {
            Native.Event? taken = Failures.Do(take);
            return taken == null ? null : Shown.Event(taken, lookup);
        }

        /// <summary>What was ready may be gone by now, for it was taken back: then the wait goes on.</summary>
        private bool GoesOn(bool ready, Wait wait)
        {
            if (closed)
            {
                throw Failures.Closed("consumer");
            }
            return ready || (!woken && wait.Left != TimeSpan.Zero);
        }

        /// <summary>What is left of a time, never less than none; null has no end.</summary>
        private sealed class Wait
        {
            private readonly TimeSpan? whole;
            private readonly Stopwatch since = Stopwatch.StartNew();

            internal Wait(TimeSpan? whole) => this.whole = whole;

            internal TimeSpan? Left
            {
                get
                {
                    TimeSpan? left = whole - since.Elapsed;
                    return left < TimeSpan.Zero ? TimeSpan.Zero : left;
                }
            }
        }
    }
}
