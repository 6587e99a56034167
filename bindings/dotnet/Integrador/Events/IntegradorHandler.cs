using System;
using System.Threading;
using System.Threading.Tasks;

namespace Integrador
{
    /// <summary>A handler with a method for each kind of event; those that are not overridden do nothing.</summary>
    public abstract class IntegradorHandler : IIntegradorHandler
    {
        /// <summary>A handler for messages alone; what else happens is acknowledged.</summary>
        /// <param name="handle">What is done with each.</param>
        /// <returns>The handler.</returns>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public static IIntegradorHandler Messages(Action<Message> handle)
        {
            _ = handle ?? throw new ArgumentNullException(nameof(handle));
            return new MessageHandler((message, _) =>
            {
                handle(message);
                return Task.CompletedTask;
            });
        }

        /// <summary>The same where it waits for something.</summary>
        /// <param name="handle">What is done with each.</param>
        /// <returns>The handler.</returns>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public static IIntegradorHandler Messages(Func<Message, Task> handle)
        {
            _ = handle ?? throw new ArgumentNullException(nameof(handle));
            return new MessageHandler((message, _) => handle(message));
        }

        /// <summary>The same where it can be told to give up.</summary>
        /// <param name="handle">What is done with each.</param>
        /// <returns>The handler.</returns>
        /// <exception cref="ArgumentNullException">It is null.</exception>
        public static IIntegradorHandler Messages(Func<Message, CancellationToken, Task> handle) =>
            new MessageHandler(handle ?? throw new ArgumentNullException(nameof(handle)));

        /// <summary>Calls the method that an event is for.</summary>
        /// <param name="e">Any event.</param>
        /// <param name="cancellationToken">As <see cref="IIntegradorHandler"/> says.</param>
        /// <returns>What ends when it is handled.</returns>
        public Task HandleAsync(Event e, CancellationToken cancellationToken) => e switch
        {
            Message message => OnMessageAsync(message, cancellationToken),
            Edit edit => OnEditAsync(edit, cancellationToken),
            Delete delete => OnDeleteAsync(delete, cancellationToken),
            Reaction reaction => OnReactionAsync(reaction, cancellationToken),
            UserChange change => OnUserAsync(change, cancellationToken),
            RoomChange change => OnRoomAsync(change, cancellationToken),
            PlatformChange change => OnPlatformAsync(change, cancellationToken),
            DeliveryChange change => OnDeliveryAsync(change, cancellationToken),
            _ => throw new ArgumentNullException(nameof(e)),
        };

        /// <summary>Somebody on another platform wrote.</summary>
        /// <param name="message">What.</param>
        /// <param name="cancellationToken">As <see cref="IIntegradorHandler"/> says.</param>
        /// <returns>What ends when it is handled.</returns>
        protected virtual Task OnMessageAsync(Message message, CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>A message of another platform has another text.</summary>
        /// <param name="edit">Which, and what.</param>
        /// <param name="cancellationToken">As <see cref="IIntegradorHandler"/> says.</param>
        /// <returns>What ends when it is handled.</returns>
        protected virtual Task OnEditAsync(Edit edit, CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>A message was deleted.</summary>
        /// <param name="delete">Which.</param>
        /// <param name="cancellationToken">As <see cref="IIntegradorHandler"/> says.</param>
        /// <returns>What ends when it is handled.</returns>
        protected virtual Task OnDeleteAsync(Delete delete, CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>Somebody reacted to a message, or took a reaction back.</summary>
        /// <param name="reaction">To which, and how.</param>
        /// <param name="cancellationToken">As <see cref="IIntegradorHandler"/> says.</param>
        /// <returns>What ends when it is handled.</returns>
        protected virtual Task OnReactionAsync(Reaction reaction, CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>A user of another platform is new, renamed or gone.</summary>
        /// <param name="change">The user as it is now.</param>
        /// <param name="cancellationToken">As <see cref="IIntegradorHandler"/> says.</param>
        /// <returns>What ends when it is handled.</returns>
        protected virtual Task OnUserAsync(UserChange change, CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>A room was created or changed by another platform.</summary>
        /// <param name="change">The whole room as it is now.</param>
        /// <param name="cancellationToken">As <see cref="IIntegradorHandler"/> says.</param>
        /// <returns>What ends when it is handled.</returns>
        protected virtual Task OnRoomAsync(RoomChange change, CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>A platform is up or down, joined, was removed, or refuses us.</summary>
        /// <param name="change">Which, and what.</param>
        /// <param name="cancellationToken">As <see cref="IIntegradorHandler"/> says.</param>
        /// <returns>What ends when it is handled.</returns>
        protected virtual Task OnPlatformAsync(PlatformChange change, CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>What became of something that the application published.</summary>
        /// <param name="change">Of what, and what.</param>
        /// <param name="cancellationToken">As <see cref="IIntegradorHandler"/> says.</param>
        /// <returns>What ends when it is handled.</returns>
        protected virtual Task OnDeliveryAsync(DeliveryChange change, CancellationToken cancellationToken) => Task.CompletedTask;

        private sealed class MessageHandler : IntegradorHandler
        {
            private readonly Func<Message, CancellationToken, Task> handle;

            internal MessageHandler(Func<Message, CancellationToken, Task> handle) => this.handle = handle;

            protected override Task OnMessageAsync(Message message, CancellationToken cancellationToken) =>
                handle(message, cancellationToken);
        }
    }
}
