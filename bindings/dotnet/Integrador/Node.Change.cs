// What an application says of messages that are there. Each call exists twice: it waits in its thread, or it is awaited.
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
        /// Gives a message of the application's own another text. At a platform that knows no edits it is a message that answers the edited
        /// one. Nothing is sent if the message was deleted. Which of its users may edit what is up to the application.
        /// </summary>
        /// <param name="eventId">The message's, as its receipt has it.</param>
        /// <param name="sender">Who edits it, one of the application's own users.</param>
        /// <param name="text">The text that it has from now on.</param>
        /// <param name="attachments">In place of those that it had: an empty list takes them away, null leaves them.</param>
        /// <param name="ext">In place of what it carried, null leaves that.</param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownMessage"/> (not among the last 100,000 of its platform), <see cref="ErrorKind.NotAMember"/>,
        /// <see cref="ErrorKind.Forbidden"/> (a standalone node), <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.TooLarge"/>,
        /// <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt EditMessage(Guid eventId, Ref sender, string text, IReadOnlyList<Attachment>? attachments = null, Ext? ext = null)
        {
            var given = Given.Edit(eventId, sender, text, attachments, ext);
            return Failures.Do(() => Shown.Receipt(native.EditMessage(given)));
        }

        /// <inheritdoc cref="EditMessage"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> EditMessageAsync(
            Guid eventId,
            Ref sender,
            string text,
            IReadOnlyList<Attachment>? attachments = null,
            Ext? ext = null,
            CancellationToken cancellationToken = default)
        {
            var given = Given.Edit(eventId, sender, text, attachments, ext);
            return Failures.Do(() => native.EditMessageAsync(given, cancellationToken), Shown.Receipt);
        }

        /// <summary>
        /// Deletes a message everywhere, for good. Nothing is sent if it was deleted before. A platform that knows no deletes keeps it, and
        /// its delivery is <see cref="DeliveryState.Unsupported"/>.
        /// </summary>
        /// <param name="eventId">The message's.</param>
        /// <param name="sender">Who deletes it, one of the application's own users.</param>
        /// <param name="ofPlatform">
        /// Whose user wrote it; null: one of the application's own. In a room of its own the application may delete anybody's.
        /// </param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownMessage"/> (not among the last 100,000 of its platform), <see cref="ErrorKind.Forbidden"/>
        /// (another platform's message in a room of another platform), <see cref="ErrorKind.UnknownPlatform"/>,
        /// <see cref="ErrorKind.NotAMember"/>, <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Store"/>,
        /// <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt DeleteMessage(Guid eventId, Ref sender, string? ofPlatform = null)
        {
            var given = Given.Delete(eventId, sender, ofPlatform);
            return Failures.Do(() => Shown.Receipt(native.DeleteMessage(given)));
        }

        /// <inheritdoc cref="DeleteMessage"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> DeleteMessageAsync(
            Guid eventId, Ref sender, string? ofPlatform = null, CancellationToken cancellationToken = default)
        {
            var given = Given.Delete(eventId, sender, ofPlatform);
            return Failures.Do(() => native.DeleteMessageAsync(given, cancellationToken), Shown.Receipt);
        }

        /// <summary>
        /// Has one of the application's own users react to a message, or take a reaction back. Nothing is sent if it is so already.
        /// </summary>
        /// <param name="eventId">The message's.</param>
        /// <param name="ofPlatform">Whose user wrote it.</param>
        /// <param name="sender">Who reacts, one of the application's own users.</param>
        /// <param name="emoji">With what: 1 to 32 bytes of UTF-8.</param>
        /// <param name="on">False: it is taken back.</param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownMessage"/> (not among the last 100,000 of its platform),
        /// <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.NotAMember"/>, <see cref="ErrorKind.Forbidden"/> (a standalone
        /// node), <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt React(Guid eventId, string ofPlatform, Ref sender, string emoji, bool on = true)
        {
            var given = Given.Reaction(eventId, ofPlatform, sender, emoji, on);
            return Failures.Do(() => Shown.Receipt(native.React(given)));
        }

        /// <inheritdoc cref="React"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> ReactAsync(
            Guid eventId, string ofPlatform, Ref sender, string emoji, bool on = true, CancellationToken cancellationToken = default)
        {
            var given = Given.Reaction(eventId, ofPlatform, sender, emoji, on);
            return Failures.Do(() => native.ReactAsync(given, cancellationToken), Shown.Receipt);
        }
    }
}
