using System;
using System.Collections.Generic;
using System.Linq;
using NetCoreChat.Model;

namespace NetCoreChat.Web
{
    /// <summary>What a page attaches: the address of an image, or bytes in base64.</summary>
    internal sealed class Upload
    {
        /// <summary>A file goes inside the message, whose limit is 1 MiB; base64 makes four bytes of three.</summary>
        internal const int MaxBytes = 700 << 10;

        internal const string TooLarge = "El archivo es demasiado grande: hasta 700 KB.";

        private static readonly HashSet<string> Images =
            new HashSet<string>(StringComparer.Ordinal) { "image/png", "image/jpeg", "image/gif", "image/webp" };

        public string? Url { get; set; }

        public string? Data { get; set; }

        public string? Mime { get; set; }

        public string? Name { get; set; }

        internal Attached Accept()
        {
            if (Name?.Length > 255)
            {
                throw new Refusal(400, "El nombre del archivo es demasiado largo.");
            }
            if (Url != null && Data == null && IsAddress(Url))
            {
                return new Attached { Kind = "image", Url = Url, Name = Name };
            }
            string type = (Mime ?? "").ToLowerInvariant();
            bool image = Images.Contains(type);
            if (Url != null || Data == null || !(image || IsAudio(type)))
            {
                throw new Refusal(400, "Solo se pueden adjuntar imágenes (PNG, JPEG, GIF o WebP) y audios.");
            }
            byte[] bytes;
            try
            {
                bytes = Convert.FromBase64String(Data);
            }
            catch (FormatException)
            {
                throw new Refusal(400, "El archivo no se puede leer.");
            }
            if (bytes.Length > MaxBytes)
            {
                throw new Refusal(413, TooLarge);
            }
            return new Attached { Kind = image ? "image" : "audio", Data = bytes, Mime = type, Name = Name };
        }

        private static bool IsAddress(string url) => url.Length <= 2000
            && (url.StartsWith("https://", StringComparison.Ordinal) || url.StartsWith("http://", StringComparison.Ordinal));

        /// <summary>Whether a browser may show it in place; what it could run as a page of ours is only ever offered for saving.</summary>
        internal static bool IsShown(string? mime) => mime != null && (Images.Contains(mime) || IsAudio(mime));

        private static bool IsAudio(string mime) => mime.StartsWith("audio/", StringComparison.Ordinal) && mime.Length > "audio/".Length
            && mime.Skip("audio/".Length).All(c => (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-');
    }
}
