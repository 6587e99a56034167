using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text.Json;

namespace NetCoreChat.Store
{
    /// <summary>
    /// A line of the journal: a checksum, a space, a list of entries as JSON. What is in one line has happened all at once.
    /// <code>237bd6f684dc2d37 [{"user":{"id":"…","name":"Ana","active":true}}]</code>
    /// </summary>
    internal static class Line
    {
        /// <summary>Of the SHA-256, that many hexadecimal digits.</summary>
        private const int Digits = 16;

        internal static byte[] Write(IReadOnlyList<Entry> entries)
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(entries, Json.Journal);
            var line = new byte[Digits + 1 + json.Length + 1];
            json.CopyTo(line, Digits + 1);
            Checksum(json).CopyTo(line, 0);
            line[Digits] = (byte)' ';
            line[^1] = (byte)'\n';
            return line;
        }

        /// <summary>What stands in a line, given without its end; null if the checksum does not fit.</summary>
        internal static List<Entry>? Read(ReadOnlySpan<byte> line)
        {
            if (line.Length <= Digits + 1 || line[Digits] != ' ')
            {
                return null;
            }
            ReadOnlySpan<byte> json = line.Slice(Digits + 1);
            return Checksum(json).AsSpan().SequenceEqual(line.Slice(0, Digits))
                ? JsonSerializer.Deserialize<List<Entry>>(json, Json.Journal)
                : null;
        }

        private static byte[] Checksum(ReadOnlySpan<byte> json)
        {
            using var sha = SHA256.Create();
            Span<byte> hash = stackalloc byte[32];
            sha.TryComputeHash(json, hash, out _);
            var digits = new byte[Digits];
            for (int n = 0; n < Digits; n++)
            {
                int value = (n % 2 == 0 ? hash[n / 2] >> 4 : hash[n / 2]) & 0xf;
                digits[n] = (byte)(value < 10 ? '0' + value : 'a' + value - 10);
            }
            return digits;
        }
    }
}
