using System;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using NetCoreChat.Model;

namespace NetCoreChat.Web
{
    /// <summary>
    /// Who is logged in, by a cookie that scripts can't read and other sites can't send. The chat keeps its hash, by which a session is
    /// named everywhere else.
    /// </summary>
    internal sealed class Sessions : IAuthenticationHandler
    {
        internal const string Scheme = "session";

        private const string Session = "session";

        private static readonly TimeSpan Month = TimeSpan.FromDays(30);

        private readonly Chat chat;
        private HttpContext context = null!;

        public Sessions(Chat chat) => this.chat = chat;

        /// <summary>Logs somebody in.</summary>
        internal static async Task BeginAsync(HttpContext context, Chat chat, User user)
        {
            var bytes = new byte[24];
            using (var random = RandomNumberGenerator.Create())
            {
                random.GetBytes(bytes);
            }
            string token = Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_');
            await chat.Users.AddSessionAsync(HashOf(token), user.Id);
            context.Response.Cookies.Append(CookieOf(context), token, Cookie(Month));
        }

        /// <summary>Logs out; which session has ended, or null.</summary>
        internal static async Task<string?> EndAsync(HttpContext context, Chat chat)
        {
            context.Response.Cookies.Append(CookieOf(context), "", Cookie(TimeSpan.Zero));
            if (!context.Request.Cookies.TryGetValue(CookieOf(context), out string? token) || token == null)
            {
                return null;
            }
            await chat.Users.EndSessionAsync(HashOf(token));
            return HashOf(token);
        }

        /// <summary>The session of somebody who is logged in.</summary>
        internal static string Of(ClaimsPrincipal? user) => user?.FindFirstValue(Session) ?? throw Refusal.LoggedOut;

        /// <summary>Whoever is logged in on this page; null: nobody.</summary>
        internal static User? Find(HttpContext context, Chat chat) =>
            context.User.FindFirstValue(Session) is string session ? chat.Users.OfSession(session) : null;

        internal static User Require(HttpContext context, Chat chat) => Find(context, chat) ?? throw Refusal.LoggedOut;

        public Task InitializeAsync(AuthenticationScheme scheme, HttpContext context)
        {
            this.context = context;
            return Task.CompletedTask;
        }

        public Task<AuthenticateResult> AuthenticateAsync()
        {
            if (!context.Request.Cookies.TryGetValue(CookieOf(context), out string? token) || token == null || chat.Users.OfSession(HashOf(token)) == null)
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }
            var user = new ClaimsPrincipal(new ClaimsIdentity(new[] { new Claim(Session, HashOf(token)) }, Scheme));
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(user, Scheme)));
        }

        public Task ChallengeAsync(AuthenticationProperties? properties) => Calls.RefuseAsync(context, Refusal.LoggedOut);

        public Task ForbidAsync(AuthenticationProperties? properties) => Calls.RefuseAsync(context, Refusal.LoggedOut);

        private static string HashOf(string token)
        {
            using var sha = SHA256.Create();
            return Convert.ToBase64String(sha.ComputeHash(Encoding.UTF8.GetBytes(token)));
        }

        private static CookieOptions Cookie(TimeSpan age) =>
            new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, MaxAge = age, Path = "/" };

        /// <summary>Cookies are not kept apart by port, and several of these chats often run on one machine.</summary>
        private static string CookieOf(HttpContext context) => "session-" + context.Connection.LocalPort;
    }
}
