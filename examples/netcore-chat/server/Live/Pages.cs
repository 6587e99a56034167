using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.SignalR;
using NetCoreChat.Model;

namespace NetCoreChat.Live
{
    /// <summary>
    /// The open pages. SignalR has a group for each conversation, with the pages of those who may see it: a message is handed to its
    /// group, whoever is in it; nobody has to be looked up.
    /// <para>What is shown is read and handed out in one turn, so that no page is left with a state that another thread has read
    /// earlier. What is sent is not waited for: SignalR keeps its order, and hangs up on a page that does not take it for some seconds.
    /// The page comes back and begins anew.</para>
    /// </summary>
    internal sealed class Pages : IDisposable
    {
        private const string Everybody = "everybody";

        private readonly Chat chat;
        private readonly IHubContext<ChatHub> hub;
        private readonly SemaphoreSlim turn = new SemaphoreSlim(1);
        private readonly Dictionary<string, Page> pages = new Dictionary<string, Page>(StringComparer.Ordinal);

        public Pages(Chat chat, IHubContext<ChatHub> hub)
        {
            this.chat = chat;
            this.hub = hub;
        }

        private sealed class Page
        {
            internal Page(HubCallerContext connection, Guid user, string session)
            {
                Connection = connection;
                User = user;
                Session = session;
            }

            internal HubCallerContext Connection { get; }

            internal Guid User { get; }

            /// <summary>The session that opened it, which it ends with.</summary>
            internal string Session { get; }
        }

        private static string Of(Guid conversation) => "conversation " + conversation;

        private static string OfPerson(Guid user) => "person " + user;

        /// <summary>A page begins: it gets all that it needs, and is in the groups of its person's conversations from then on.</summary>
        internal Task EnterAsync(HubCallerContext connection, User me, string session, IReadOnlyList<PlatformInfo> platforms) => InTurnAsync(async () =>
        {
            string id = connection.ConnectionId;
            IReadOnlyList<Conversation> conversations = chat.Conversations.Of(me.Id);
            Send(hub.Clients.Client(id), Push.Hello(chat.Ids.Platform, me, chat.Users.All(), platforms, conversations));
            foreach (string group in conversations.Select(conversation => Of(conversation.Id)).Append(OfPerson(me.Id)).Append(Everybody))
            {
                await hub.Groups.AddToGroupAsync(id, group);
            }
            pages[id] = new Page(connection, me.Id, session);
            // The session may have ended while the page came in.
            if (chat.Users.OfSession(session) == null)
            {
                connection.Abort();
            }
        });

        internal Task LeaveAsync(string connection) => InTurnAsync(() =>
        {
            pages.Remove(connection);
            return Task.CompletedTask;
        });

        /// <summary>A session has ended, and with it all pages that it had opened.</summary>
        internal Task EndAsync(string session) => InTurnAsync(() =>
        {
            foreach (Page page in pages.Values.Where(page => page.Session == session))
            {
                page.Connection.Abort();
            }
            return Task.CompletedTask;
        });

        // What they are shown.

        /// <summary>A message is new, has got its place, or was changed.</summary>
        internal Task ShowMessageAsync(long id) => InTurnAsync(() =>
        {
            if (chat.Messages.Find(id) is Message message && chat.Conversations.Find(message.Conversation) is Conversation conversation)
            {
                Message? last = conversation.Last?.Id == id ? null : conversation.Last;
                Send(hub.Clients.Group(Of(conversation.Id)), Push.Message(message, last));
            }
            return Task.CompletedTask;
        });

        /// <summary>How far a message has come has changed.</summary>
        internal Task ShowTicksAsync(long id) => InTurnAsync(() =>
        {
            if (chat.Messages.Find(id) is Message message)
            {
                Send(hub.Clients.Group(Of(message.Conversation)), Push.Ticks(message));
            }
            return Task.CompletedTask;
        });

        /// <summary>A conversation is new or has changed: who is in it now learns that, and who was, and then leaves its group.</summary>
        internal Task ShowConversationAsync(Guid id) => InTurnAsync(async () =>
        {
            if (!(chat.Conversations.Find(id) is Conversation conversation))
            {
                return;
            }
            ILookup<bool, string> admitted = pages.ToLookup(page => conversation.Admits(page.Value.User), page => page.Key);
            foreach (string page in admitted[true])
            {
                await hub.Groups.AddToGroupAsync(page, Of(id));
            }
            Send(hub.Clients.Group(Of(id)), Push.Conversation(conversation));
            foreach (string page in admitted[false])
            {
                await hub.Groups.RemoveFromGroupAsync(page, Of(id));
            }
        });

        internal Task ShowReadAsync(Guid user, Guid conversation) => InTurnAsync(() =>
        {
            Send(hub.Clients.Group(OfPerson(user)), Push.Read(conversation));
            return Task.CompletedTask;
        });

        internal Task ShowPeopleAsync() => InTurnAsync(() =>
        {
            Send(hub.Clients.Group(Everybody), Push.People(chat.Users.All()));
            return Task.CompletedTask;
        });

        internal Task ShowPlatformsAsync(IReadOnlyList<PlatformInfo> platforms) => InTurnAsync(() =>
        {
            Send(hub.Clients.Group(Everybody), Push.Platforms(platforms));
            return Task.CompletedTask;
        });

        private static void Send(IClientProxy to, object push) => _ = to.SendAsync(Push.Name, push);

        private async Task InTurnAsync(Func<Task> work)
        {
            await turn.WaitAsync();
            try
            {
                await work();
            }
            finally
            {
                turn.Release();
            }
        }

        public void Dispose() => turn.Dispose();
    }
}
