using System;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NetCoreChat.Integration;
using NetCoreChat.Live;
using NetCoreChat.Model;

namespace NetCoreChat.Web
{
    /// <summary>
    /// Logging in and out. One chooses a name: this is a demonstration, without passwords. People of other platforms are no users of
    /// this app, so none of them can log in.
    /// </summary>
    internal sealed class PeopleCalls
    {
        private readonly Chat chat;
        private readonly Pages pages;
        private readonly Publisher publisher;

        public PeopleCalls(Chat chat, Pages pages, Publisher publisher)
        {
            this.chat = chat;
            this.pages = pages;
            this.publisher = publisher;
        }

        internal sealed class Login
        {
            public string? Id { get; set; }

            public string? Name { get; set; }
        }

        internal void Map(IEndpointRouteBuilder endpoints)
        {
            endpoints.Get("/app/users", UsersAsync);
            endpoints.Post("/app/login", LogInAsync);
            endpoints.Post("/app/logout", LogOutAsync);
        }

        /// <summary>The names for the first page, and who is logged in already.</summary>
        private Task<object> UsersAsync(HttpContext context) =>
            Task.FromResult<object>(new { chat.Ids.Platform, Users = chat.Users.Own(), Me = Sessions.Find(context, chat)?.Id });

        private async Task<object> LogInAsync(HttpContext context)
        {
            Login login = await Calls.BodyAsync<Login>(context);
            User user = login.Id == null
                ? await SignUpAsync((login.Name ?? "").Trim())
                : (Guid.TryParse(login.Id, out Guid id) ? chat.Users.FindOwn(id) : null) ?? throw new Refusal(404, "Esa persona ya no está.");
            await Sessions.BeginAsync(context, chat, user);
            return new { Me = user.Id };
        }

        private async Task<User> SignUpAsync(string name)
        {
            if (name.Length == 0 || Texts.LengthOf(name) > 60)
            {
                throw new Refusal(400, "Escribí un nombre de 1 a 60 letras.");
            }
            User user = await chat.Users.AddAsync(name)
                ?? throw new Refusal(409, "Ese nombre ya existe: elegilo en la lista o escribí otro.");
            await pages.ShowPeopleAsync();
            publisher.Written();
            return user;
        }

        private async Task<object> LogOutAsync(HttpContext context)
        {
            if (await Sessions.EndAsync(context, chat) is string session)
            {
                // The other tabs too.
                await pages.EndAsync(session);
            }
            return Calls.Nothing;
        }
    }
}
