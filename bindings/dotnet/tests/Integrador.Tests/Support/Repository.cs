using System;
using System.IO;

namespace Integrador.Tests.Support
{
    /// <summary>Where the tests find what is not theirs: the files that all languages share, and programs.</summary>
    internal static class Repository
    {
        /// <summary>The folder of the whole project.</summary>
        internal static readonly string Root = FindRoot();

        internal static object? Json(string file) => Support.Json.Parse(File.ReadAllText(Path.Combine(Root, file)));

        /// <summary>A program that a variable of the environment names, or that is where it usually is; else null.</summary>
        internal static string? Program(string variable, params string[] usual)
        {
            string? given = Environment.GetEnvironmentVariable(variable);
            if (!string.IsNullOrEmpty(given))
            {
                return Path.GetFullPath(given);
            }
            return Array.Find(Array.ConvertAll(usual, path => Path.Combine(Root, path)), File.Exists);
        }

        private static string FindRoot()
        {
            string? folder = AppContext.BaseDirectory;
            while (folder != null && !File.Exists(Path.Combine(folder, "tests/scenarios/index.json")))
            {
                folder = Path.GetDirectoryName(folder);
            }
            return folder ?? throw new InvalidOperationException("these tests run within the repository");
        }
    }
}
