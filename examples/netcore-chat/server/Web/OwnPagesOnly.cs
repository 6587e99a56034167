using System;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace NetCoreChat.Web
{
    /// <summary>
    /// Browsers let any page open a WebSocket to any host, and send the cookie along with what a neighbour on the same machine posts:
    /// what comes from a page of another origin is refused.
    /// </summary>
    internal sealed class OwnPagesOnly
    {
        private readonly RequestDelegate next;

        public OwnPagesOnly(RequestDelegate next) => this.next = next;

        public Task InvokeAsync(HttpContext context)
        {
            string? origin = context.Request.Headers["Origin"];
            bool stranger = !string.IsNullOrEmpty(origin) && !IsOwn(origin, context.Request.Host.Value);
            return stranger && context.Request.Path.StartsWithSegments("/app", StringComparison.OrdinalIgnoreCase)
                ? Calls.RefuseAsync(context, new Refusal(403, "Esta página no es de este chat."))
                : next(context);
        }

        private static bool IsOwn(string origin, string? host) => Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri)
            && string.Equals(uri.Authority, host, StringComparison.OrdinalIgnoreCase);
    }
}
