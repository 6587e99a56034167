using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Integrador;
using NetCoreChat.Live;

namespace NetCoreChat.Integration
{
    /// <summary>
    /// What comes from other platforms. What is thrown here comes again, and what was done of it already is recognised: a message by its
    /// event id, the rest because storing it twice changes nothing.
    /// </summary>
    internal sealed class ChatEvents : IntegradorHandler
    {
        /// <summary>A sender may claim any year; pages show those of our time.</summary>
        private static readonly DateTimeOffset Latest = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

        private readonly Chat chat;
        private readonly Node node;
        private readonly Pages pages;
        private readonly Importer importer;
        private readonly WhoIsThere whoIsThere;

        public ChatEvents(Chat chat, Node node, Pages pages, Importer importer, WhoIsThere whoIsThere)
        {
            this.chat = chat;
            this.node = node;
            this.pages = pages;
            this.importer = importer;
            this.whoIsThere = whoIsThere;
        }

        protected override async Task OnMessageAsync(Message message, CancellationToken cancellationToken)
        {
            Guid room = importer.IdOf(message.Room);
            if (chat.Conversations.Find(room) == null)
            {
                await importer.SaveRoomAsync(message.Room);
            }
            var draft = new Model.Draft(
                room, importer.IdOf(message.Sender), message.SenderName, message.Text, message.Attachments.Select(File).ToList());
            draft.ReplyEvent = message.ReplyTo;
            if (await chat.Messages.AddForeignAsync(draft, message.EventId, Shown(message.SentAt)) is Model.Message stored)
            {
                await pages.ShowMessageAsync(stored.Id);
            }
        }

        protected override Task OnEditAsync(Edit edit, CancellationToken cancellationToken) =>
            ChangedAsync(edit, new Model.Said(Model.Said.Edit, edit.Text, edit.Attachments?.Select(File).ToList()));

        protected override Task OnDeleteAsync(Delete delete, CancellationToken cancellationToken) =>
            ChangedAsync(delete, new Model.Said(Model.Said.Delete));

        protected override Task OnReactionAsync(Reaction reaction, CancellationToken cancellationToken) =>
            ChangedAsync(reaction, new Model.Said(Model.Said.Reaction, emoji: reaction.Emoji, on: reaction.On));

        /// <summary>Whether the sender may, the store knows, which has the message.</summary>
        private async Task ChangedAsync(MessageChange change, Model.Said said)
        {
            Guid sender = importer.IdOf(change.Sender);
            if (await chat.Changes.AddForeignAsync(change.Of, change.EventId, change.Sender.Platform, sender, said) is long message)
            {
                await pages.ShowMessageAsync(message);
            }
        }

        private static Model.Attached File(Attachment attachment) => new Model.Attached
        {
            Kind = attachment.Kind.ToString().ToLowerInvariant(),
            Url = attachment.Url,
            Data = attachment.Data,
            Mime = attachment.Mime,
            Name = attachment.Name,
        };

        private static DateTimeOffset? Shown(DateTimeOffset? at) =>
            at < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : at > Latest ? Latest : at;

        protected override async Task OnUserAsync(UserChange change, CancellationToken cancellationToken)
        {
            await importer.SaveUsersAsync(new[] { change.User });
            whoIsThere.HasChanged();
        }

        protected override Task OnRoomAsync(RoomChange change, CancellationToken cancellationToken) => importer.SaveRoomAsync(change.Room.Id, change.EventId);

        protected override Task OnPlatformAsync(PlatformChange change, CancellationToken cancellationToken)
        {
            whoIsThere.HasChanged();
            return Task.CompletedTask;
        }

        protected override Task OnDeliveryAsync(DeliveryChange change, CancellationToken cancellationToken) =>
            // One event may stand for many dead letters.
            change.Count > 1 ? importer.RereadTicksAsync() : importer.SaveTickAsync(change);
    }
}
