using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Text;
using System.Threading.Tasks;

namespace Integrador.Tests.Support
{
    /// <summary>A platform without the library, played: it takes whatever is posted to it, notes it, and has no users.</summary>
    internal sealed class Plain : IDisposable
    {
        private readonly HttpListener listener = new HttpListener();
        private readonly Task answering;

        internal Plain(string name)
        {
            Name = name;
            Url = $"http://127.0.0.1:{Net.FreePort()}/";
            listener.Prefixes.Add(Url);
            listener.Start();
            answering = Task.Run(AnswerAsync);
        }

        internal string Name { get; }

        /// <summary>Where it is reached.</summary>
        internal string Url { get; }

        /// <summary>Each as its <c>path</c> and its <c>body</c>, in the order in which they came.</summary>
        internal ConcurrentQueue<Dictionary<string, object?>> Posts { get; } = new ConcurrentQueue<Dictionary<string, object?>>();

        public void Dispose()
        {
            listener.Close();
            answering.Wait();
        }

        private async Task AnswerAsync()
        {
            while (true)
            {
                HttpListenerContext context;
                try
                {
                    context = await listener.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException || e is ObjectDisposedException)
                {
                    // It is closed.
                    return;
                }
                Answer(context);
            }
        }

        private void Answer(HttpListenerContext context)
        {
            string path = context.Request.Url!.AbsolutePath.Substring(1);
            (int status, string body) = (404, "{}");
            if (context.Request.HttpMethod == "POST")
            {
                using (var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8))
                {
                    Posts.Enqueue(Json.Made(("path", path), ("body", Json.Parse(reader.ReadToEnd()))));
                }
                (status, body) = (200, "{\"status\": 200, \"message\": \"taken\"}");
            }
            else if (path == "users")
            {
                (status, body) = (200, "[]");
            }
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            try
            {
                context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: true);
            }
            catch (Exception e) when (e is HttpListenerException || e is ObjectDisposedException || e is IOException)
            {
                // Whoever asked is gone.
            }
        }
    }
}
