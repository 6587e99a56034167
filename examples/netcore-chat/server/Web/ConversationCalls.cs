using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NetCoreChat.Integration;
using NetCoreChat.Live;
using NetCoreChat.Model;

namespace NetCoreChat.Web
{
    /// <summary>Conversations: making them, joining and leaving, reading and writing.</summary>
    internal sealed class ConversationCalls
    {
        private const int MaxText = 4_000;
        private const int MaxName = 80;

        /// <summary>Bytes, on its way.</summary>
        private const int MaxEmoji = 32;

        private const int Page = 50;

        private readonly Chat chat;
        private readonly Pages pages;
        private readonly Publisher publisher;
        private readonly Memberships memberships;

        public ConversationCalls(Chat chat, Pages pages, Publisher publisher, Memberships memberships)
        {
            this.chat = chat;
            this.pages = pages;
            this.publisher = publisher;
            this.memberships = memberships;
        }

        internal sealed class NewConversation
        {
            public string? Name { get; set; }

            public bool Public { get; set; }

            public List<Guid>? Members { get; set; }
        }

        internal sealed class NewMessage
        {
            /// <summary>The page's own: posted again after a lost answer, it is the same message.</summary>
            public string? Key { get; set; }

            public string? Text { get; set; }

            public Upload? Attachment { get; set; }

            /// <summary>The id of what it answers.</summary>
            public long? Reply { get; set; }
        }

        internal sealed class NewChange
        {
            /// <summary>The page's own: posted again after a lost answer, it is the same change.</summary>
            public string? Key { get; set; }

            public long Message { get; set; }

            public string? Kind { get; set; }

            public string? Text { get; set; }

            public string? Emoji { get; set; }

            public bool On { get; set; } = true;
        }

        internal void Map(IEndpointRouteBuilder endpoints)
        {
            endpoints.Post("/app/conversations", CreateAsync);
            endpoints.Get("/app/conversations/{id:guid}/messages", MessagesAsync);
            endpoints.Post("/app/conversations/{id:guid}/messages", WriteAsync);
            endpoints.Post("/app/conversations/{id:guid}/changes", ChangeAsync);
            endpoints.Post("/app/conversations/{id:guid}/join", async context =>
            {
                await memberships.JoinAsync(Target(context, out User me).Id, me.Id);
                return Calls.Nothing;
            });
            endpoints.Post("/app/conversations/{id:guid}/leave", async context =>
            {
                await memberships.LeaveAsync(Target(context, out User me).Id, me.Id);
                return Calls.Nothing;
            });
            endpoints.Post("/app/conversations/{id:guid}/update", UpdateAsync);
            endpoints.Post("/app/conversations/{id:guid}/read", async context =>
            {
                Guid id = Target(context, out User me).Id;
                await chat.Conversations.MarkReadAsync(me.Id, id);
                await pages.ShowReadAsync(me.Id, id);
                return Calls.Nothing;
            });
        }

        /// <summary>A conversation that this person may see.</summary>
        private Conversation Target(HttpContext context, out User me)
        {
            me = Sessions.Require(context, chat);
            var id = Guid.Parse((string)context.Request.RouteValues["id"]!);
            return chat.Conversations.Find(id) is Conversation found && found.Admits(me.Id) ? found : throw Refusal.NotThere;
        }

        private Task<object> MessagesAsync(HttpContext context)
        {
            Conversation conversation = Target(context, out _);
            long? before = null;
            if (context.Request.Query.TryGetValue("before", out var text))
            {
                before = long.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : throw Refusal.NotUnderstood;
            }
            IReadOnlyList<Message> messages = chat.Messages.Page(conversation.Id, before, Page);
            return Task.FromResult<object>(new { messages, More = messages.Count == Page });
        }

        private async Task<object> CreateAsync(HttpContext context)
        {
            User me = Sessions.Require(context, chat);
            NewConversation wanted = await Calls.BodyAsync<NewConversation>(context);
            var members = new List<User> { me };
            foreach (Guid id in (wanted.Members ?? new List<Guid>()).Where(id => id != me.Id).Distinct())
            {
                members.Add(chat.Users.Find(id) is User person && person.Active ? person : throw new Refusal(404, "Una de las personas ya no está."));
            }
            string name = (wanted.Name ?? "").Trim();
            if (Texts.LengthOf(name) > MaxName)
            {
                throw new Refusal(400, "El nombre puede tener hasta 80 letras.");
            }
            if (wanted.Public && name.Length == 0)
            {
                throw new Refusal(400, "Una sala pública necesita un nombre.");
            }
            if (!wanted.Public && members.Count == 1)
            {
                throw new Refusal(400, "Elegí al menos a una persona.");
            }
            if (!wanted.Public && members.Count == 2 && chat.Conversations.ChatOf(me.Id, members[1].Id) is Guid before)
            {
                return new { Id = before };
            }
            if (name.Length == 0)
            {
                name = Texts.First(string.Join(", ", members.Select(member => member.Name)), MaxName);
            }
            Guid created = await chat.Conversations.AddAsync(name, wanted.Public, members.Select(member => member.Id).ToList());
            await pages.ShowConversationAsync(created);
            publisher.Written();
            return new { Id = created };
        }

        private async Task<object> UpdateAsync(HttpContext context)
        {
            Conversation conversation = Target(context, out User me);
            RoomUpdate wanted = await Calls.BodyAsync<RoomUpdate>(context);
            wanted.Name = wanted.Name?.Trim();
            if (!memberships.May(conversation, me, wanted))
            {
                throw new Refusal(403, "No podés hacer eso en esta conversación.");
            }
            if (wanted.Name?.Length == 0 || Texts.LengthOf(wanted.Name ?? "") > MaxName)
            {
                throw new Refusal(400, "Escribí un nombre de 1 a 80 letras.");
            }
            if (!wanted.Add.Concat(wanted.Ban).All(id => chat.Users.Find(id)?.Active == true))
            {
                throw new Refusal(404, "Una de las personas ya no está.");
            }
            await memberships.UpdateAsync(conversation, wanted);
            return Calls.Nothing;
        }

        private async Task<object> WriteAsync(HttpContext context)
        {
            Conversation conversation = Target(context, out User me);
            NewMessage wanted = await Calls.BodyAsync<NewMessage>(context);
            string text = (wanted.Text ?? "").Trim();
            Attached[] files = wanted.Attachment == null ? Array.Empty<Attached>() : new[] { wanted.Attachment.Accept() };
            if (text.Length == 0 && files.Length == 0)
            {
                throw new Refusal(400, "El mensaje está vacío.");
            }
            if (Texts.LengthOf(text) > MaxText)
            {
                throw new Refusal(413, "El mensaje es demasiado largo: hasta 4.000 letras.");
            }
            if (string.IsNullOrEmpty(wanted.Key) || wanted.Key.Length > 100)
            {
                throw Refusal.NotUnderstood;
            }
            var draft = new Draft(conversation.Id, me.Id, me.Name, text, files) { Reply = wanted.Reply };
            // Two people whose pages chose the same key don't get in each other's way.
            Message message = await chat.Messages.AddOwnAsync(draft, me.Id + "/" + wanted.Key);
            await pages.ShowMessageAsync(message.Id);
            publisher.Written();
            return new { message };
        }

        private async Task<object> ChangeAsync(HttpContext context)
        {
            Conversation conversation = Target(context, out User me);
            NewChange wanted = await Calls.BodyAsync<NewChange>(context);
            if (string.IsNullOrEmpty(wanted.Key) || wanted.Key.Length > 100)
            {
                throw Refusal.NotUnderstood;
            }
            Not? not = await chat.Changes.AddOwnAsync(conversation.Id, wanted.Message, me.Id, me.Id + "/" + wanted.Key, SaidOf(wanted));
            if (not is Not why)
            {
                throw Reason(why);
            }
            await pages.ShowMessageAsync(wanted.Message);
            publisher.Written();
            return new { Message = chat.Messages.Find(wanted.Message) };
        }

        private static Said SaidOf(NewChange wanted)
        {
            string text = (wanted.Text ?? "").Trim();
            switch (wanted.Kind)
            {
                case Said.Edit when Texts.LengthOf(text) <= MaxText:
                    return new Said(Said.Edit, text);
                case Said.Edit:
                    throw new Refusal(413, "El mensaje es demasiado largo: hasta 4.000 letras.");
                case Said.Delete:
                    return new Said(Said.Delete);
                case Said.Reaction when !string.IsNullOrEmpty(wanted.Emoji) && Encoding.UTF8.GetByteCount(wanted.Emoji) <= MaxEmoji:
                    return new Said(Said.Reaction, emoji: wanted.Emoji, on: wanted.On);
                default:
                    throw new Refusal(400, "Eso no es un emoji.");
            }
        }

        private static Refusal Reason(Not why)
        {
            switch (why)
            {
                case Not.Theirs:
                    return new Refusal(403, "Ese mensaje no es tuyo.");
                case Not.Yet:
                    // The page tries again by itself.
                    return new Refusal(425, "Ese mensaje todavía está saliendo.");
                case Not.Empty:
                    return new Refusal(400, "El mensaje está vacío.");
                case Not.More:
                    return new Refusal(409, "Ya reaccionaste de muchas maneras a este mensaje.");
                default:
                    return new Refusal(404, "Ese mensaje ya no está.");
            }
        }
    }
}
