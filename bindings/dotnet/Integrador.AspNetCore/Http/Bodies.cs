using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Integrador.AspNetCore
{
    /// <summary>Reads the bodies of requests: of each no more than shows that it is too long, and of all together no more than there is room for.</summary>
    internal sealed class Bodies
    {
        /// <summary>The core's default for the body of a plain platform's post.</summary>
        private const int Default = 1 << 20;

        /// <summary>The core's limit of its limit.</summary>
        private const int Most = 32 << 20;

        /// <summary>What is no longer than this is always read: the web server bounds how many connections there are.</summary>
        private const int Small = 64 << 10;

        /// <summary>How many bytes longer bodies may hold in all, until they are answered. Beyond it they are refused, and come again.</summary>
        private const long MostHeld = 64L << 20;

        /// <summary>As much is made room for before anything is there.</summary>
        private const int First = 8 << 10;

        private readonly Lazy<int> longest;
        private long held;

        internal Bodies(Func<IntegradorOptions> options) => longest = new Lazy<int>(() => Longest(options()));

        /// <summary>A body, or as much of it as shows that it is too long; null when there is no room for it.</summary>
        internal async Task<Body?> ReadAsync(HttpRequest request)
        {
            // How long it may be is for the node to say, and not for the server.
            var server = request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>();
            if (server != null && !server.IsReadOnly)
            {
                server.MaxRequestBodySize = null;
            }

            var body = new Body(this);
            bool whole = false;
            try
            {
                whole = await FillAsync(body, request).ConfigureAwait(false);
                return whole ? body : null;
            }
            finally
            {
                if (!whole)
                {
                    body.Dispose();
                }
            }
        }

        /// <summary>Takes or gives back room; whether there is as much.</summary>
        internal bool Hold(long bytes) => Interlocked.Add(ref held, bytes) <= MostHeld || bytes <= 0;

        private async Task<bool> FillAsync(Body body, HttpRequest request)
        {
            var buffer = new byte[(int)Math.Min(Math.Min(request.ContentLength ?? First, First), longest.Value)];
            int count = 0;
            while (count < longest.Value && count != request.ContentLength)
            {
                if (count == buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Min(Math.Max(2 * count, First), longest.Value));
                }

                int more = await request.Body.ReadAsync(buffer.AsMemory(count), request.HttpContext.RequestAborted).ConfigureAwait(false);
                if (more == 0)
                {
                    break;
                }

                count += more;
                if (count > Small && !body.Grow(count))
                {
                    return false;
                }
            }

            Array.Resize(ref buffer, count);
            body.Bytes = buffer;
            return true;
        }

        /// <summary>A peer's may be twice as long as a plain platform's; one byte more shows that it is longer.</summary>
        private static int Longest(IntegradorOptions options)
        {
            options.More.TryGetValue("limits.body", out object? given);
            long limit = given is IConvertible number && !(given is string) ? number.ToInt64(null) : Default;
            return (2 * (int)Math.Max(1, Math.Min(limit, Most))) + 1;
        }
    }
}
