using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Integrador;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetCoreChat.Live;

namespace NetCoreChat.Integration
{
    /// <summary>
    /// Publishes what this chat has committed to its own journal. It works from that alone: all that is not marked published, in order.
    /// So a crash at any point is repaired by the next start, and the message's id as the key makes a repeated call the same message.
    /// </summary>
    internal sealed class Publisher : BackgroundService
    {
        /// <summary>So many messages go into one transaction of the node.</summary>
        private const int AtOnce = 32;

        /// <summary>Of so many messages that are on their way, the latest, the node is asked now and then.</summary>
        private const int Asked = 200;

        /// <summary>How often: hints may be swallowed, as those are that come before the handler is there.</summary>
        private static readonly TimeSpan Asks = TimeSpan.FromSeconds(5);

        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

        private readonly Chat chat;
        private readonly Node node;
        private readonly Pages pages;
        private readonly Importer importer;
        private readonly ILogger<Publisher> log;
        private readonly SemaphoreSlim written = new SemaphoreSlim(1);
        private readonly SemaphoreSlim turn = new SemaphoreSlim(1);

        public Publisher(Chat chat, Node node, Pages pages, Importer importer, ILogger<Publisher> log)
        {
            this.chat = chat;
            this.node = node;
            this.pages = pages;
            this.importer = importer;
            this.log = log;
        }

        /// <summary>To be called after something was committed that others should hear of.</summary>
        internal void Written() => written.Release();

        /// <summary>Takes over what this chat has missed, before anybody is let in; then begins.</summary>
        public override async Task StartAsync(CancellationToken cancellationToken)
        {
            await importer.CatchUpAsync();
            await base.StartAsync(cancellationToken);
        }

        /// <summary>Begins with what the last run has left; then whenever something was written.</summary>
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    if (!await written.WaitAsync(Asks, stoppingToken))
                    {
                        await importer.RereadTicksAsync(Asked);
                        continue;
                    }
                    while (written.Wait(0))
                    {
                        // One pass is enough for all of them.
                    }
                    await PublishAsync(stoppingToken);
                }
                catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
                {
                    // The rest goes out at the next start.
                }
                catch (Exception e)
                {
                    log.LogWarning("nothing can be published now, trying again: {Why}", e.Message);
                    await Task.WhenAny(Task.Delay(Pause, stoppingToken));
                    Written();
                }
            }
        }

        /// <summary>All that is not published yet.</summary>
        internal async Task PublishAsync(CancellationToken cancellation = default)
        {
            await turn.WaitAsync(cancellation);
            try
            {
                await PublishUsersAsync(cancellation);
                foreach (Model.Conversation room in chat.Conversations.Unpublished())
                {
                    await PublishRoomAsync(room, cancellation);
                }
                for (IReadOnlyList<Model.Message> some; (some = chat.Messages.Unpublished(AtOnce)).Count > 0;)
                {
                    await PublishMessagesAsync(some, cancellation);
                }
                for (IReadOnlyList<Model.OutgoingChange> some; (some = chat.Changes.Unpublished(AtOnce)).Count > 0;)
                {
                    foreach (Model.OutgoingChange change in some)
                    {
                        await PublishAsync(change, cancellation);
                    }
                }
            }
            finally
            {
                turn.Release();
            }
        }

        /// <summary>All of them: only what has changed since the last time is sent.</summary>
        private async Task PublishUsersAsync(CancellationToken cancellation)
        {
            try
            {
                await node.PublishUsersAsync(chat.Users.Own().ToDictionary(user => user.Id.ToString(), user => user.Name), cancellation);
            }
            catch (IntegradorException e) when (IsRefusal(e))
            {
                // What the node won't ever take must not hold up what comes after it.
                log.LogError("the users can't be published: {Why}", e.Message);
            }
        }

        private async Task PublishRoomAsync(Model.Conversation room, CancellationToken cancellation)
        {
            string? refusal = null;
            try
            {
                RoomKind kind = room.Public ? RoomKind.Public : RoomKind.Private;
                await node.PublishRoomAsync(room.Id.ToString(), room.Name, kind, ByPlatform(room.Members), cancellation);
            }
            catch (IntegradorException e) when (IsRefusal(e))
            {
                refusal = e.Message;
            }
            await chat.Conversations.PublishedAsync(room.Id, refusal);
            await pages.ShowConversationAsync(room.Id);
        }

        /// <summary>Members as the node takes them, by the name of their platform.</summary>
        private Dictionary<string, IReadOnlyList<string>> ByPlatform(IReadOnlyList<Guid> members) => members
            .Select(member => node.ExternalId(BindKind.User, member.ToString()) ?? new ExternalId(node.Name, member.ToString()))
            .GroupBy(member => member.Platform, member => member.Id)
            .ToDictionary(platform => platform.Key, platform => (IReadOnlyList<string>)platform.ToList());

        private async Task PublishMessagesAsync(IReadOnlyList<Model.Message> some, CancellationToken cancellation)
        {
            IReadOnlyList<Published> answers = await node.PublishMessagesAsync(some.Select(MessageOf).ToList(), cancellation);
            // What passes is tried again, and what comes after it in the same order.
            int count = answers.TakeWhile(answer => answer.Refusal == null || IsRefusal(answer.Refusal)).Count();
            var taken = some.Zip(answers, (message, answer) => (Message: message, Answer: answer)).Take(count).ToList();
            await chat.Messages.PublishedAsync(taken
                .Where(one => one.Answer.Receipt != null)
                .Select(one => (one.Message.Id, one.Answer.Receipt!.EventId!.Value, one.Answer.Receipt.Destinations)));
            foreach ((Model.Message message, Published answer) in taken)
            {
                if (answer.Refusal != null)
                {
                    await chat.Messages.FailedAsync(message.Id, answer.Refusal.Message);
                }
                await pages.ShowMessageAsync(message.Id);
                if (answer.Receipt != null)
                {
                    // It may have been delivered before the event id was here.
                    await importer.RereadTicksAsync(answer.Receipt.EventId!.Value);
                }
            }
            if (count < answers.Count)
            {
                throw answers[count].Refusal!;
            }
        }

        /// <summary>It has no key: the same again after a crash changes nothing.</summary>
        private async Task PublishAsync(Model.OutgoingChange change, CancellationToken cancellation)
        {
            Receipt? receipt = null;
            string? refusal = null;
            try
            {
                receipt = await SayAsync(change, cancellation);
            }
            catch (IntegradorException e) when (IsRefusal(e))
            {
                refusal = e.Message;
            }
            await chat.Changes.SentAsync(change.Id, receipt?.EventId, refusal);
            if (receipt?.EventId is Guid sent)
            {
                await importer.RereadTicksAsync(sent);
            }
            await pages.ShowTicksAsync(change.Message);
        }

        private Task<Receipt> SayAsync(Model.OutgoingChange change, CancellationToken cancellation)
        {
            string sender = change.Sender.ToString();
            switch (change.Said.Kind)
            {
                case Model.Said.Edit:
                    return node.EditMessageAsync(change.Event, sender, change.Said.Text ?? "", cancellationToken: cancellation);
                case Model.Said.Delete:
                    return node.DeleteMessageAsync(change.Event, sender, cancellationToken: cancellation);
                default:
                    string platform = node.ExternalId(BindKind.User, change.Author.ToString())?.Platform ?? node.Name;
                    return node.ReactAsync(change.Event, platform, sender, change.Said.Emoji ?? "", change.Said.On, cancellation);
            }
        }

        private NewMessage MessageOf(Model.Message message) => new NewMessage(message.Conversation.ToString(), message.Sender.ToString(), message.Text)
        {
            Key = "message-" + message.Id,
            SentAt = message.At,
            // It was written before this one, so the node has it, or has refused it.
            ReplyTo = chat.Messages.Answered(message.Id),
            Attachments = chat.Messages.Files(message.Id).Select(AttachmentOf).ToList(),
        };

        private static Attachment AttachmentOf(Model.Attached file) => new Attachment(
            Enum.Parse<AttachmentKind>(file.Kind, ignoreCase: true), file.Url, file.Data, file.Mime, file.Name, file.Data?.Length);

        /// <summary>Whether the node won't ever take it.</summary>
        private static bool IsRefusal(IntegradorException e) => !e.IsRetryable && e.Kind != ErrorKind.Closed;

        public override void Dispose()
        {
            base.Dispose();
            written.Dispose();
            turn.Dispose();
        }
    }
}
