using System;
using System.IO;

namespace Integrador.AspNetCore.Tests
{
    /// <summary>A folder of a test's own, gone after it.</summary>
    internal sealed class Folder : IDisposable
    {
        /// <summary>What no log, no answer and no error may show.</summary>
        internal const string Token = "compartido-entre-dos";

        internal Folder() => Directory.CreateDirectory(Whole);

        internal string Whole { get; } = Path.Combine(Path.GetTempPath(), "integrador-" + Guid.NewGuid().ToString("N"));

        internal string At(string file) => Path.Combine(Whole, file);

        /// <summary>Writes a registry file with one other platform, or none.</summary>
        internal string Registry(string file, string? name = null, string? endpoint = null)
        {
            string entry = name == null ? string.Empty : $"{{\"id\": 1, \"name\": \"{name}\", \"endpoint\": \"{endpoint}\", \"token\": \"{Token}\"}}";
            // It is followed: nobody may see half of it.
            File.WriteAllText(At(file + ".new"), "[" + entry + "]");
            File.Move(At(file + ".new"), At(file), overwrite: true);
            return At(file);
        }

        public void Dispose() => Directory.Delete(Whole, recursive: true);
    }
}
