using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Integrador.AspNetCore
{
    /// <summary>Carries requests of other platforms to a node, and its answers back. It judges none of them.</summary>
    internal sealed class NodeEndpoint
    {
        /// <summary>The route's value that has the path below the node's.</summary>
        internal const string Path = "integradorPath";

        private readonly Nodes nodes;
        private readonly string name;
        private readonly Bodies bodies;
        private readonly ILogger log;

        internal NodeEndpoint(string name, Nodes nodes, ILogger<NodeEndpoint> log)
        {
            this.nodes = nodes;
            this.name = name;
            this.log = log;
            bodies = new Bodies(() => nodes.OptionsOf(name));
        }

        internal async Task AnswerAsync(HttpContext context)
        {
            try
            {
                Response answer = await AnswerAsync(context.Request).ConfigureAwait(false);
                await WriteAsync(answer, context.Response).ConfigureAwait(false);
            }
            catch (Exception e) when (context.RequestAborted.IsCancellationRequested && (e is OperationCanceledException || e is IOException))
            {
                log.LogDebug("whoever asked is gone before the answer");
            }
        }

        private async Task<Response> AnswerAsync(HttpRequest request)
        {
            using Body? body = await bodies.ReadAsync(request).ConfigureAwait(false);
            if (body == null)
            {
                return Refused("too much is on its way here");
            }

            try
            {
                Node node = nodes.Get(name);
                return await node.HandleAsync(Inbound(request, body.Bytes), request.HttpContext.RequestAborted).ConfigureAwait(false);
            }
            catch (IntegradorException e) when (e.Kind == ErrorKind.Invalid)
            {
                return Json(400, "this is no request that a node can read");
            }
            catch (Exception e) when (e is ObjectDisposedException || (e is IntegradorException known && known.Kind == ErrorKind.Closed))
            {
                // It closes: whoever sent it tries again.
                return Refused("the node can't answer now");
            }
            catch (IntegradorException e)
            {
                log.LogError(e, "a request of another platform could not be answered: {Error}", e.Message);
                return Refused("the node can't answer now");
            }
        }

        private static Request Inbound(HttpRequest request, byte[] body)
        {
            // The server has decoded the path, once, and routing has taken off what the node is mapped under.
            string path = "/" + request.HttpContext.GetRouteValue(Path);
            string? query = request.QueryString.HasValue ? request.QueryString.Value!.Substring(1) : null;
            var headers = new List<KeyValuePair<string, string>>(request.Headers.Count);
            foreach (KeyValuePair<string, StringValues> header in request.Headers)
            {
                foreach (string? value in header.Value)
                {
                    headers.Add(new KeyValuePair<string, string>(header.Key, value ?? string.Empty));
                }
            }

            return new Request(request.Method, path, query, headers, body);
        }

        private static async Task WriteAsync(Response answer, HttpResponse response)
        {
            response.StatusCode = answer.StatusCode;
            foreach (KeyValuePair<string, string> header in answer.Headers)
            {
                response.Headers[header.Key] = StringValues.Concat(response.Headers[header.Key], header.Value);
            }

            if (answer.Body.Length > 0)
            {
                response.ContentLength = answer.Body.Length;
                await response.Body.WriteAsync(answer.Body, response.HttpContext.RequestAborted).ConfigureAwait(false);
            }
        }

        private static Response Refused(string why) => Json(503, why, new KeyValuePair<string, string>("Retry-After", "1"));

        private static Response Json(int status, string message, params KeyValuePair<string, string>[] more)
        {
            var headers = new List<KeyValuePair<string, string>>(more) { new KeyValuePair<string, string>("Content-Type", "application/json") };
            return new Response(status, headers, Encoding.UTF8.GetBytes($"{{\"status\":{status},\"message\":\"{message}\"}}"));
        }
    }
}
