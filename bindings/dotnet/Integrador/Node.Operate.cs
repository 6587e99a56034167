// What else waits for the disk or the network. Each call exists twice: it waits in its thread, or it is awaited.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Integrador
{
    public sealed partial class Node
    {
        /// <summary>
        /// Answers a request of another platform: what the application mounts in its web framework. The package Integrador.AspNetCore
        /// does it.
        /// </summary>
        /// <param name="request">What came.</param>
        /// <returns>What to answer.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/> (the method is none), <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Response Handle(Request request) =>
            throw new NotImplementedException();

        /// <inheritdoc cref="Handle"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Response> HandleAsync(Request request, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>
        /// Notes what the application calls a user or a room of another platform: one to one, and on disk when it returns. Doing it
        /// again does nothing.
        /// </summary>
        /// <param name="kind">User or room.</param>
        /// <param name="external">Its external id.</param>
        /// <param name="local">What the application calls it.</param>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Conflict"/> (bound otherwise, or an own id already), <see cref="ErrorKind.Invalid"/>,
        /// <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public void Bind(BindKind kind, ExternalId external, string local) =>
            throw new NotImplementedException();

        /// <inheritdoc cref="Bind"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task BindAsync(BindKind kind, ExternalId external, string local, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>Where a publication stands, for 24 hours (<c>receipt_retention</c>) after the last platform has it.</summary>
        /// <param name="eventId">The event id of its receipt.</param>
        /// <returns>Where it stands at each platform; empty when it is not known any more.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<Delivery> GetDelivery(Guid eventId) =>
            throw new NotImplementedException();

        /// <inheritdoc cref="GetDelivery"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<Delivery>> GetDeliveryAsync(Guid eventId, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>How the node and the platforms around it stand.</summary>
        /// <returns>That.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public Status GetStatus() =>
            throw new NotImplementedException();

        /// <inheritdoc cref="GetStatus"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Status> GetStatusAsync(CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>
        /// Looks for what is wrong with the registry and the platforms in it; asks each of them, for some seconds at most.
        /// </summary>
        /// <returns>What is wrong; empty if nothing is.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<Finding> Check() =>
            throw new NotImplementedException();

        /// <inheritdoc cref="Check"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>What will not arrive unless somebody retries it.</summary>
        /// <param name="which">Which of them; null for all.</param>
        /// <returns>They.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        public IReadOnlyList<DeadLetter> GetDeadLetters(DeadLetters? which = null) =>
            throw new NotImplementedException();

        /// <inheritdoc cref="GetDeadLetters"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(
            DeadLetters? which = null, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>Sends dead letters once more; who gets one that is late is told so.</summary>
        /// <param name="which">Which of them.</param>
        /// <returns>How many.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public long Retry(DeadLetters which) =>
            throw new NotImplementedException();

        /// <inheritdoc cref="Retry"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<long> RetryAsync(DeadLetters which, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>Forgets dead letters.</summary>
        /// <param name="which">Which of them.</param>
        /// <returns>How many.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public long Drop(DeadLetters which) =>
            throw new NotImplementedException();

        /// <inheritdoc cref="Drop"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<long> DropAsync(DeadLetters which, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>
        /// Imports the users of other platforms now; otherwise it is done every <c>sync_interval</c> and after each reconnect.
        /// </summary>
        /// <param name="platform">Which; null for all.</param>
        /// <returns>How many users were new, renamed or gone.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Transport"/>, <see cref="ErrorKind.Store"/>,
        /// <see cref="ErrorKind.Closed"/>.
        /// </exception>
        public int SyncNow(string? platform = null) =>
            throw new NotImplementedException();

        /// <inheritdoc cref="SyncNow"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<int> SyncNowAsync(string? platform = null, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>
        /// Takes events, for an application that acknowledges them itself; <see cref="Start"/> and <see cref="CreateConsumer"/> are
        /// simpler. A room belongs to one taker at a time. What is not acknowledged within <see cref="NodeOptions.HandlerTimeout"/>
        /// comes again.
        /// </summary>
        /// <param name="max">At most so many, at least 1.</param>
        /// <param name="timeout">
        /// How long to wait until there is one, at least zero; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.
        /// </param>
        /// <returns>Them, in the order of each room; empty when none came within that time.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        public IReadOnlyList<Event> NextEvents(int max, TimeSpan timeout) =>
            throw new NotImplementedException();

        /// <inheritdoc cref="NextEvents"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<Event>> NextEventsAsync(
            int max, TimeSpan timeout, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>Acknowledges events: once this returns they never come again.</summary>
        /// <param name="eventIds">Their ids.</param>
        /// <returns>Of each whether it was still the caller's.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public IReadOnlyList<bool> Ack(IEnumerable<Guid> eventIds) =>
            throw new NotImplementedException();

        /// <inheritdoc cref="Ack"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<bool>> AckAsync(IEnumerable<Guid> eventIds, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();

        /// <summary>
        /// Gives events back that could not be handled: they come again after a backoff, with the later ones of their rooms.
        /// </summary>
        /// <param name="eventIds">Their ids.</param>
        /// <param name="why">The reason, for people.</param>
        /// <returns>Of each whether it was still the caller's.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public IReadOnlyList<bool> Nack(IEnumerable<Guid> eventIds, string why) =>
            throw new NotImplementedException();

        /// <inheritdoc cref="Nack"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<bool>> NackAsync(
            IEnumerable<Guid> eventIds, string why, CancellationToken cancellationToken = default) =>
            throw new NotImplementedException();
    }
}
