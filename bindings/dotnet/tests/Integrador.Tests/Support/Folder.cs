using System;
using System.IO;

namespace Integrador.Tests.Support
{
    /// <summary>An empty folder, which goes with its test.</summary>
    internal sealed class Folder : IDisposable
    {
        internal Folder()
        {
            Name = Path.Combine(Path.GetTempPath(), "integrador-net-" + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(Name);
        }

        internal string Name { get; }

        internal string File(string name) => Path.Combine(Name, name);

        public void Dispose() => Directory.Delete(Name, recursive: true);
    }
}
