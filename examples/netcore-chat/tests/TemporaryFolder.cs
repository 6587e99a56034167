using System;
using System.IO;

namespace NetCoreChat.Tests
{
    /// <summary>A folder that is gone after the test.</summary>
    internal sealed class TemporaryFolder : IDisposable
    {
        internal TemporaryFolder() => Directory.CreateDirectory(Path);

        internal string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "netcore-chat-" + Guid.NewGuid().ToString("N"));

        internal string File(string name) => System.IO.Path.Combine(Path, name);

        public void Dispose() => Directory.Delete(Path, true);
    }
}
