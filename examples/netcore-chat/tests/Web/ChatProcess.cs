using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace NetCoreChat.Tests.Web
{
    /// <summary>The chat as a program in a process of its own, which can be killed.</summary>
    internal sealed class ChatProcess : IDisposable
    {
        private const int Patience = 40_000;

        private readonly Process process;
        private readonly Task<string> errors;

        private ChatProcess(Process process)
        {
            this.process = process;
            errors = process.StandardError.ReadToEndAsync();
        }

        internal string Address { get; private set; } = "";

        /// <summary>Starts it; it need not come to listen.</summary>
        internal static ChatProcess Start(params string[] options)
        {
            string Here(string file) => Path.Combine(AppContext.BaseDirectory, file);

            var start = new ProcessStartInfo(Dotnet()) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
            // With what the tests know of its dependencies: the program stands beside them.
            var arguments = new List<string>
            {
                "exec",
                "--depsfile", Here("netcore-chat-tests.deps.json"),
                "--runtimeconfig", Here("netcore-chat-tests.runtimeconfig.json"),
                Here("netcore-chat.dll"),
            };
            arguments.AddRange(options);
            arguments.ForEach(start.ArgumentList.Add);
            return new ChatProcess(Process.Start(start)!);
        }

        private static string Dotnet()
        {
            string? root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
            return Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? (root == null ? "dotnet" : Path.Combine(root, "dotnet"));
        }

        /// <summary>Waits until it says where it listens.</summary>
        internal async Task<ChatProcess> ListensAsync()
        {
            const string Says = "listening on ";
            Task<string?> line = process.StandardOutput.ReadLineAsync()!;
            Assert.True(await Task.WhenAny(line, Task.Delay(Patience)) == line, "it does not say that it listens");
            Assert.True(line.Result?.StartsWith(Says, StringComparison.Ordinal) == true, $"it says {line.Result ?? await errors}");
            Address = line.Result!.Substring(Says.Length);
            return this;
        }

        /// <summary>As a loss of power would.</summary>
        internal void Kill()
        {
            process.Kill();
            Assert.True(process.WaitForExit(Patience), "it survives being killed");
        }

        /// <summary>Asks it to end.</summary>
        internal void Terminate()
        {
            using Process kill = Process.Start("kill", process.Id.ToString())!;
            kill.WaitForExit();
        }

        /// <summary>Waits until it has ended: its exit code, and what it said to standard error.</summary>
        internal async Task<(int Code, string Errors)> EndsAsync()
        {
            Assert.True(process.WaitForExit(Patience), "it does not end");
            return (process.ExitCode, await errors);
        }

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
            process.Dispose();
        }
    }
}
