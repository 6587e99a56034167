// What else waits for the disk or the network. Each call exists twice: it waits in its thread, or it is awaited.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Internal;

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
        public Response Handle(Request request)
        {
            var given = Given.Request(request);
            return Failures.Do(() => Shown.Response(native.Handle(given)));
        }

        /// <inheritdoc cref="Handle"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Response> HandleAsync(Request request, CancellationToken cancellationToken = default)
        {
            var given = Given.Request(request);
            return Failures.Do(() => native.HandleAsync(given, cancellationToken), Shown.Response);
        }

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
        public void Bind(BindKind kind, ExternalId external, string local)
        {
            var given = (Kind: Given.Kind(kind), External: Given.External(external, nameof(external)), Local: Given.Text(local, nameof(local)));
            Failures.Do(() => native.Bind(given.Kind, given.External, given.Local));
        }

        /// <inheritdoc cref="Bind"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task BindAsync(BindKind kind, ExternalId external, string local, CancellationToken cancellationToken = default)
        {
            var given = (Kind: Given.Kind(kind), External: Given.External(external, nameof(external)), Local: Given.Text(local, nameof(local)));
            return Failures.Do(() => native.BindAsync(given.Kind, given.External, given.Local, cancellationToken));
        }

        /// <summary>Where a publication stands, for 24 hours (<c>receipt_retention</c>) after the last platform has it.</summary>
        /// <param name="eventId">The event id of its receipt.</param>
        /// <returns>Where it stands at each platform; empty when it is not known any more.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<Delivery> GetDelivery(Guid eventId)
        {
            var given = Given.EventId(eventId);
            return Failures.Do(() => Shown.All(native.Delivery(given), Shown.Delivery));
        }

        /// <inheritdoc cref="GetDelivery"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<Delivery>> GetDeliveryAsync(Guid eventId, CancellationToken cancellationToken = default)
        {
            var given = Given.EventId(eventId);
            return Failures.Do(() => native.DeliveryAsync(given, cancellationToken), all => Shown.All(all, Shown.Delivery));
        }

        /// <summary>How the node and the platforms around it stand.</summary>
        /// <returns>That.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public Status GetStatus() => Failures.Do(() => Shown.Status(native.Status()));

        /// <inheritdoc cref="GetStatus"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Status> GetStatusAsync(CancellationToken cancellationToken = default) =>
            Failures.Do(() => native.StatusAsync(cancellationToken), Shown.Status);

        /// <summary>
        /// Looks for what is wrong with the registry and the platforms in it; asks each of them, for some seconds at most.
        /// </summary>
        /// <returns>What is wrong; empty if nothing is.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<Finding> Check() => Failures.Do(() => Shown.All(native.Check(), Shown.Finding));

        /// <inheritdoc cref="Check"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken = default) =>
            Failures.Do(() => native.CheckAsync(cancellationToken), all => Shown.All(all, Shown.Finding));

        /// <summary>What will not arrive unless somebody retries it.</summary>
        /// <param name="which">Which of them; null for all.</param>
        /// <returns>They.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        public IReadOnlyList<DeadLetter> GetDeadLetters(DeadLetters? which = null)
        {
            var given = Given.Which(which);
            return Failures.Do(() => Shown.All(native.DeadLetters(given), Shown.DeadLetter));
        }

        /// <inheritdoc cref="GetDeadLetters"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(
            DeadLetters? which = null, CancellationToken cancellationToken = default)
        {
            var given = Given.Which(which);
            return Failures.Do(() => native.DeadLettersAsync(given, cancellationToken), all => Shown.All(all, Shown.DeadLetter));
        }

        /// <summary>Sends dead letters once more; who gets one that is late is told so.</summary>
        /// <param name="which">Which of them.</param>
        /// <returns>How many.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public long Retry(DeadLetters which)
        {
            var given = Given.Which(Given.NotNull(which, nameof(which)));
            return Failures.Do(() => Shown.Count(native.Retry(given)));
        }

        /// <inheritdoc cref="Retry"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<long> RetryAsync(DeadLetters which, CancellationToken cancellationToken = default)
        {
            var given = Given.Which(Given.NotNull(which, nameof(which)));
            return Failures.Do(() => native.RetryAsync(given, cancellationToken), Shown.Count);
        }

        /// <summary>Forgets dead letters.</summary>
        /// <param name="which">Which of them.</param>
        /// <returns>How many.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public long Drop(DeadLetters which)
        {
            var given = Given.Which(Given.NotNull(which, nameof(which)));
            return Failures.Do(() => Shown.Count(native.Forget(given)));
        }

        /// <inheritdoc cref="Drop"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<long> DropAsync(DeadLetters which, CancellationToken cancellationToken = default)
        {
            var given = Given.Which(Given.NotNull(which, nameof(which)));
            return Failures.Do(() => native.ForgetAsync(given, cancellationToken), Shown.Count);
        }

        /// <summary>
        /// Imports the users of other platforms now; otherwise it is done every <c>sync_interval</c> and after each reconnect.
        /// </summary>
        /// <param name="platform">Which; null for all.</param>
        /// <returns>How many users were new, renamed or gone.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Transport"/>, <see cref="ErrorKind.Store"/>,
        /// <see cref="ErrorKind.Closed"/>.
        /// </exception>
        public int SyncNow(string? platform = null)
        {
            var given = Given.TextOrNull(platform, nameof(platform));
            return Failures.Do(() => native.SyncNow(given));
        }

        /// <inheritdoc cref="SyncNow"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<int> SyncNowAsync(string? platform = null, CancellationToken cancellationToken = default)
        {
            var given = Given.TextOrNull(platform, nameof(platform));
            return Failures.Do(() => native.SyncNowAsync(given, cancellationToken), same => same);
        }

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
        public IReadOnlyList<Event> NextEvents(int max, TimeSpan timeout)
        {
            var given = (Max: AtLeastOne(max), Timeout: Given.Timeout(timeout));
            return Failures.Do(() => Shown.All(native.NextEvents(given.Max, given.Timeout), e => Shown.Event(e, this)));
        }

        /// <inheritdoc cref="NextEvents"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<Event>> NextEventsAsync(
            int max, TimeSpan timeout, CancellationToken cancellationToken = default)
        {
            var given = (Max: AtLeastOne(max), Timeout: Given.Timeout(timeout));
            return Failures.Do(() => native.NextEventsAsync(given.Max, given.Timeout, cancellationToken), all => Shown.All(all, e => Shown.Event(e, this)));
        }

        /// <summary>Acknowledges events: once this returns they never come again.</summary>
        /// <param name="eventIds">Their ids.</param>
        /// <returns>Of each whether it was still the caller's.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public IReadOnlyList<bool> Ack(IEnumerable<Guid> eventIds)
        {
            var given = Given.EventIds(eventIds);
            return Failures.Do(() => native.Ack(given));
        }

        /// <inheritdoc cref="Ack"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<bool>> AckAsync(IEnumerable<Guid> eventIds, CancellationToken cancellationToken = default)
        {
            var given = Given.EventIds(eventIds);
            return Failures.Do(() => native.AckAsync(given, cancellationToken), same => same);
        }

        /// <summary>
        /// Gives events back that could not be handled: they come again after a backoff, with the later ones of their rooms.
        /// </summary>
        /// <param name="eventIds">Their ids.</param>
        /// <param name="why">The reason, for people.</param>
        /// <returns>Of each whether it was still the caller's.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public IReadOnlyList<bool> Nack(IEnumerable<Guid> eventIds, string why)
        {
            var given = (Ids: Given.EventIds(eventIds), Why: Given.Text(why, nameof(why)));
            return Failures.Do(() => native.Nack(given.Ids, given.Why));
        }

        /// <inheritdoc cref="Nack"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<bool>> NackAsync(
            IEnumerable<Guid> eventIds, string why, CancellationToken cancellationToken = default)
        {
            var given = (Ids: Given.EventIds(eventIds), Why: Given.Text(why, nameof(why)));
            return Failures.Do(() => native.NackAsync(given.Ids, given.Why, cancellationToken), same => same);
        }

        private static uint AtLeastOne(int max) =>
            max >= 1 ? (uint)max : throw Failures.Invalid(nameof(max), "expected at least 1");
    }
}
