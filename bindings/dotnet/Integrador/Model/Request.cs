using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>A request of another platform, for <see cref="Node.Handle"/>: as the web framework got it.</summary>
    public sealed class Request
    {
        /// <summary>Of its parts.</summary>
        /// <param name="method">Such as <c>POST</c>.</param>
        /// <param name="path">Where it goes, without what the node is mounted under: <c>/messages</c>; decoded or not.</param>
        /// <param name="query">What stands after the question mark, as it came; null or empty for none.</param>
        /// <param name="headers">Its headers; one that came several times stands there several times.</param>
        /// <param name="body">Its body, byte for byte: the signature covers it. It is not copied.</param>
        /// <exception cref="ArgumentNullException">One that must be there is null.</exception>
        public Request(string method, string path, string? query, IEnumerable<KeyValuePair<string, string>> headers, byte[] body)
        {
            Method = method ?? throw new ArgumentNullException(nameof(method));
            Path = path ?? throw new ArgumentNullException(nameof(path));
            Query = query ?? "";
            Headers = new List<KeyValuePair<string, string>>(headers ?? throw new ArgumentNullException(nameof(headers)));
            Body = body ?? throw new ArgumentNullException(nameof(body));
        }

        /// <summary>Such as <c>POST</c>.</summary>
        public string Method { get; }

        /// <summary>Where it goes, without what the node is mounted under.</summary>
        public string Path { get; }

        /// <summary>What stands after the question mark; may be empty.</summary>
        public string Query { get; }

        /// <summary>Its headers.</summary>
        public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

        /// <summary>Its body.</summary>
        public byte[] Body { get; }

        /// <summary>Method and path; a header or a query may hold a token, and is not shown.</summary>
        /// <returns>Such as <c>POST /messages</c>.</returns>
        public override string ToString() => Method + " " + Path;
    }
}
