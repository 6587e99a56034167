using System;
using System.IO;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;

namespace NetCoreChat.Web
{
    /// <summary>The page: what the chats share, and what is this chat's own. A browser asks for each file at each visit whether it is still the same.</summary>
    internal static class PageFiles
    {
        private const string Policy = "default-src 'self'; img-src 'self' http: https: data: blob:; media-src 'self' http: https: data: blob:; "
            + "connect-src 'self' ws: wss:; form-action 'none'; base-uri 'none'; frame-ancestors ";

        /// <param name="app">What serves it.</param>
        /// <param name="folder">Where it is.</param>
        /// <param name="framedBy">The origin whose pages may show it in a frame; null: nobody's.</param>
        internal static void UsePage(this IApplicationBuilder app, string folder, string? framedBy)
        {
            string policy = Policy + (framedBy ?? "'none'");
            if (!File.Exists(Path.Combine(folder, "index.html")))
            {
                throw new InvalidOperationException($"{folder} has no page: build by examples/netcore-chat/run, which copies it there");
            }
            var files = new PhysicalFileProvider(folder);
            app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
            app.UseStaticFiles(new StaticFileOptions
            {
                FileProvider = files,
                OnPrepareResponse = file =>
                {
                    IHeaderDictionary headers = file.Context.Response.Headers;
                    headers["Cache-Control"] = "no-cache";
                    headers["Content-Security-Policy"] = policy;
                    headers["Referrer-Policy"] = "same-origin";
                    headers["X-Content-Type-Options"] = "nosniff";
                },
            });
        }
    }
}
