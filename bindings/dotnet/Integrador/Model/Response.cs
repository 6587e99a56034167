using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>What <see cref="Node.Handle"/> answers.</summary>
    public sealed class Response
    {
        /// <summary>Made by a node; or by a test of the application.</summary>
        /// <param name="statusCode">As the property says.</param>
        /// <param name="headers">As the property says.</param>
        /// <param name="body">As the property says.</param>
        /// <exception cref="ArgumentNullException">The headers or the body are null.</exception>
        public Response(int statusCode, IReadOnlyList<KeyValuePair<string, string>> headers, byte[] body)
        {
            StatusCode = statusCode;
            Headers = headers ?? throw new ArgumentNullException(nameof(headers));
            Body = body ?? throw new ArgumentNullException(nameof(body));
        }

        /// <summary>The status of HTTP.</summary>
        public int StatusCode { get; }

        /// <summary>The headers; one that stands there several times is sent several times.</summary>
        public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

        /// <summary>The body.</summary>
        public byte[] Body { get; }
    }
}
