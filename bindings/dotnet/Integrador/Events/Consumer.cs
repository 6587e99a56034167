using System;
using System.Threading;
using System.Threading.Tasks;

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
        internal Consumer()
        {
        }

        /// <summary>The next event; waits until there is one.</summary>
        /// <param name="timeout">For how long, at least zero; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
        /// <returns>The event; null when none came within that time.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Closed"/>, <see cref="ErrorKind.Invalid"/>, or <see cref="ErrorKind.Store"/> where trying again is of
        /// no use.
        /// </exception>
        public Event? Next(TimeSpan timeout) => throw new NotImplementedException();

        /// <summary>The same without a thread that waits.</summary>
        /// <param name="timeout">For how long, at least zero; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
        /// <param name="cancellationToken">Ends the wait; no event is lost by that.</param>
        /// <returns>The event; null when none came within that time.</returns>
        /// <exception cref="IntegradorException">As <see cref="Next"/>.</exception>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Event?> NextAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>The event that came last was handled: once that is on disk, it never comes again.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public void Done() => throw new NotImplementedException();

        /// <summary>
        /// The event that came last could not be handled: it comes again after a backoff, and after
        /// <see cref="NodeOptions.MaxHandlerAttempts"/> it is a dead letter.
        /// </summary>
        /// <param name="why">The reason, for people.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public void Failed(string why) => throw new NotImplementedException();

        /// <summary>Acknowledges what is done at once: on disk when this returns.</summary>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Closed"/>: the node was closed before that; what is not acknowledged comes again.
        /// </exception>
        public void Flush() => throw new NotImplementedException();

        /// <summary>The same without a thread that waits.</summary>
        /// <returns>What ends when it is on disk.</returns>
        /// <exception cref="IntegradorException">As <see cref="Flush"/>.</exception>
        public Task FlushAsync() => throw new NotImplementedException();

        /// <summary>
        /// Acknowledges what is done, and gives the rest back; an event that ended with neither has failed. What could not be
        /// acknowledged, because the node was closed before, comes again. Disposing again does nothing.
        /// </summary>
        public void Dispose() => throw new NotImplementedException();
    }
}
