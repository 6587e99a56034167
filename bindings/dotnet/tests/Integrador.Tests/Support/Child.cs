using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text;
using Xunit;

namespace Integrador.Tests.Support
{
    /// <summary>Another process, which is given lines and prints lines. Every wait for it is bounded, and it does not outlive its test.</summary>
    internal sealed class Child : IDisposable
    {
        private readonly Process process;
        private readonly BlockingCollection<string?> lines = new BlockingCollection<string?>();
        private readonly StringBuilder errors = new StringBuilder();

        internal Child(params string[] command)
        {
            var start = new ProcessStartInfo(command[0])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.UTF8,
                StandardErrorEncoding = Encoding.UTF8,
                StandardInputEncoding = new UTF8Encoding(false),
            };
            foreach (string argument in command.Skip(1))
            {
                start.ArgumentList.Add(argument);
            }
            process = new Process { StartInfo = start };
            process.OutputDataReceived += (_, e) => lines.Add(e.Data);
            process.ErrorDataReceived += (_, e) =>
            {
                lock (errors)
                {
                    errors.AppendLine(e.Data);
                }
            };
            process.Start();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        /// <summary>What it wrote to standard error so far.</summary>
        internal string Errors
        {
            get
            {
                lock (errors)
                {
                    return errors.ToString();
                }
            }
        }

        /// <summary>The next line that it prints.</summary>
        internal string Line()
        {
            bool came = lines.TryTake(out string? line, Eventually.Patience);
            Assert.True(line != null, $"{(came ? "it ended" : "it printed nothing for long")}; it wrote: {Errors}");
            return line!;
        }

        /// <summary>Gives it an order, in JSON; what it answers.</summary>
        internal Dictionary<string, object?> Ask(string order, params (string Name, object? Value)[] fields)
        {
            process.StandardInput.WriteLine(Json.Write(Json.Made(new[] { ("do", (object?)order) }.Concat(fields).ToArray())));
            process.StandardInput.Flush();
            return Json.Fields(Line());
        }

        /// <summary>Ends its input; how it ended.</summary>
        internal int End()
        {
            process.StandardInput.Close();
            return Ended();
        }

        /// <summary>As a power cut would.</summary>
        internal void Kill()
        {
            process.Kill();
            Ended();
        }

        /// <summary>Waits until it has ended by itself; how it did.</summary>
        internal int Ended()
        {
            Assert.True(process.WaitForExit((int)Eventually.Patience.TotalMilliseconds), "it has not ended; it wrote: " + Errors);
            return process.ExitCode;
        }

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
                process.WaitForExit();
            }
            process.Dispose();
            lines.Dispose();
        }
    }
}
