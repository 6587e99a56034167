using System;
using System.IO;
using System.Text.Json;
using System.Threading.Tasks;
using Integrador;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NetCoreChat.Store;

namespace NetCoreChat.Web
{
    /// <summary>The calls of the page: they take and answer JSON, and say in a sentence what is wrong.</summary>
    internal static class Calls
    {
        internal static readonly object Nothing = new { };

        /// <summary>A file in base64, which makes four bytes of three, and what comes with it.</summary>
        private const int MaxBody = (Upload.MaxBytes / 3 * 4) + (64 << 10);

        /// <summary>Of what is beyond that, so much is read before it is refused: whoever is cut off while sending does not hear why.</summary>
        private const int MaxSkipped = 64 << 20;

        /// <summary>What a call does; its result is the answer.</summary>
        internal delegate Task<object> Call(HttpContext context);

        internal static IEndpointConventionBuilder Get(this IEndpointRouteBuilder endpoints, string path, Call call) =>
            endpoints.MapGet(path, context => AnswerAsync(context, call));

        internal static IEndpointConventionBuilder Post(this IEndpointRouteBuilder endpoints, string path, Call call) =>
            endpoints.MapPost(path, context => AnswerAsync(context, call));

        private static async Task AnswerAsync(HttpContext context, Call call)
        {
            try
            {
                await WriteAsync(context, 200, await call(context));
            }
            catch (Refusal e)
            {
                await RefuseAsync(context, e);
            }
            catch (JsonException)
            {
                await RefuseAsync(context, Refusal.NotUnderstood);
            }
            catch (Exception e) when (e is IntegradorException || e is StoreException)
            {
                context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Calls))
                    .LogWarning("a call of the page failed: {Why}", e.Message);
                await RefuseAsync(context, Reason((e as IntegradorException)?.Kind));
            }
        }

        private static Refusal Reason(ErrorKind? kind)
        {
            switch (kind)
            {
                case ErrorKind.Forbidden:
                case ErrorKind.NotAMember:
                    return new Refusal(403, "No podés hacer eso en esta conversación.");
                case ErrorKind.Invalid:
                case ErrorKind.Conflict:
                case ErrorKind.UnknownRoom:
                    return new Refusal(409, "La conversación cambió. Probá de nuevo.");
                default:
                    return new Refusal(503, "Ahora no se puede guardar. Probá de nuevo en un momento.");
            }
        }

        internal static Task RefuseAsync(HttpContext context, Refusal refusal) => WriteAsync(context, refusal.Status, new { error = refusal.Message });

        private static Task WriteAsync(HttpContext context, int status, object answer)
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(answer, answer.GetType(), Json.Page);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = json.Length;
            context.Response.Headers["Cache-Control"] = "no-store";
            return context.Response.Body.WriteAsync(json, 0, json.Length, context.RequestAborted);
        }

        /// <summary>The body of a request; other sites can't send this type without asking first.</summary>
        internal static async Task<T> BodyAsync<T>(HttpContext context)
            where T : class
        {
            HttpRequest request = context.Request;
            if (request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
            {
                throw new Refusal(415, "El pedido no es JSON.");
            }
            // How long it may be is told here, and not by the server, which would say it without a sentence.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is IHttpMaxRequestBodySizeFeature limit && !limit.IsReadOnly)
            {
                limit.MaxRequestBodySize = null;
            }
            var body = new MemoryStream();
            var buffer = new byte[16 << 10];
            long count = 0;
            for (int more; count <= MaxSkipped && (more = await request.Body.ReadAsync(buffer, 0, buffer.Length, context.RequestAborted)) > 0;)
            {
                count += more;
                if (count <= MaxBody)
                {
                    body.Write(buffer, 0, more);
                }
            }
            if (count > MaxBody)
            {
                throw new Refusal(413, Upload.TooLarge);
            }
            return JsonSerializer.Deserialize<T>(body.GetBuffer().AsSpan(0, (int)body.Length), Json.Page) ?? throw Refusal.NotUnderstood;
        }
    }
}
