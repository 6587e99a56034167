using System.Collections.Generic;
using System.Globalization;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NetCoreChat.Model;

namespace NetCoreChat.Web
{
    /// <summary>The bytes of what is attached to a message, for those who may read it: <c>/app/files/MESSAGE/NUMBER</c>.</summary>
    internal sealed class FileCalls
    {
        private readonly Chat chat;

        public FileCalls(Chat chat) => this.chat = chat;

        internal void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/app/files/{message:long:min(0)}/{number:int:min(0)}", AnswerAsync);

        private async Task AnswerAsync(HttpContext context)
        {
            Attached file;
            try
            {
                file = Find(context);
            }
            catch (Refusal e)
            {
                await Calls.RefuseAsync(context, e);
                return;
            }
            bool shown = Upload.IsShown(file.Mime);
            HttpResponse response = context.Response;
            response.ContentType = shown ? file.Mime! : "application/octet-stream";
            response.ContentLength = file.Data!.Length;
            response.Headers["Content-Disposition"] = shown ? "inline" : "attachment";
            response.Headers["X-Content-Type-Options"] = "nosniff";
            response.Headers["Content-Security-Policy"] = "default-src 'none'; sandbox";
            response.Headers["Cache-Control"] = "private, max-age=31536000, immutable";
            await response.Body.WriteAsync(file.Data, 0, file.Data.Length, context.RequestAborted);
        }

        private Attached Find(HttpContext context)
        {
            User me = Sessions.Require(context, chat);
            long id = long.Parse((string)context.Request.RouteValues["message"]!, CultureInfo.InvariantCulture);
            int number = int.Parse((string)context.Request.RouteValues["number"]!, CultureInfo.InvariantCulture);
            if (!(chat.Messages.Find(id) is Message message && chat.Conversations.Find(message.Conversation)?.Admits(me.Id) == true))
            {
                throw Refusal.NotThere;
            }
            IReadOnlyList<Attached> files = chat.Messages.Files(id);
            return number < files.Count && files[number].Data != null ? files[number] : throw Refusal.NotThere;
        }
    }
}
