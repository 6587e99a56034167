using System;
using System.Threading.Tasks;
using Microsoft.AspNetCore.SignalR;
using NetCoreChat.Integration;
using NetCoreChat.Model;
using NetCoreChat.Web;

namespace NetCoreChat.Live
{
    /// <summary>
    /// The connection of a page: first all that the page needs, then what changes. Only those who are logged in get here. A page says
    /// nothing by it; what people do goes by HTTP, where an answer tells that it is done.
    /// </summary>
    internal sealed class ChatHub : Hub
    {
        private readonly Chat chat;
        private readonly Pages pages;
        private readonly WhoIsThere whoIsThere;

        public ChatHub(Chat chat, Pages pages, WhoIsThere whoIsThere)
        {
            this.chat = chat;
            this.pages = pages;
            this.whoIsThere = whoIsThere;
        }

        public override async Task OnConnectedAsync()
        {
            string session = Sessions.Of(Context.User);
            if (chat.Users.OfSession(session) is User me)
            {
                await pages.EnterAsync(Context, me, session, await whoIsThere.PlatformsAsync());
            }
            else
            {
                Context.Abort();
            }
        }

        public override Task OnDisconnectedAsync(Exception? exception) => pages.LeaveAsync(Context.ConnectionId);
    }
}
