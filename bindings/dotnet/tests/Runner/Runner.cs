using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;

namespace Xunit
{
    /// <summary>
    /// Runs the tests of the assembly that it is compiled into, one after the other: those whose name contains one of the arguments, or
    /// all. The last line is <c>N passed, N failed</c>; the exit code is 0 only if at least one ran and none failed.
    /// </summary>
    public static class Runner
    {
        private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

        public static int Main(string[] arguments)
        {
            if (arguments.Contains("--help"))
            {
                Console.WriteLine("usage: [--list] [PART OF A NAME …]");
                return 0;
            }
            var filters = arguments.Where(argument => argument != "--list").ToList();
            var tests = Tests().Where(test => filters.Count == 0 || filters.Any(filter => test.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))).ToList();
            if (arguments.Contains("--list"))
            {
                tests.ForEach(test => Console.WriteLine(test.Name));
                return 0;
            }

            int passed = 0, skipped = 0;
            var failed = new List<string>();
            foreach (var test in tests)
            {
                if (test.Skip != null)
                {
                    Console.WriteLine($"skipped {test.Name}: {test.Skip}");
                    skipped++;
                    continue;
                }
                var watch = Stopwatch.StartNew();
                var problem = Run(test);
                Console.WriteLine($"{(problem is null ? "passed " : "FAILED ")} {test.Name} ({watch.ElapsedMilliseconds} ms)");
                if (problem is null)
                {
                    passed++;
                    continue;
                }
                Console.WriteLine(problem);
                failed.Add(test.Name);
            }

            failed.ForEach(name => Console.WriteLine($"FAILED  {name}"));
            if (tests.Count == 0)
            {
                Console.WriteLine($"no test has a name with {string.Join(" or ", filters)} in it");
            }
            Console.WriteLine($"{passed} passed, {failed.Count} failed{(skipped > 0 ? $", {skipped} skipped" : "")}");
            // A test that hangs leaves threads behind.
            Console.Out.Flush();
            Environment.Exit(failed.Count > 0 || passed == 0 ? 1 : 0);
            return 1;
        }

        private static IEnumerable<Test> Tests() =>
            from type in Assembly.GetExecutingAssembly().GetTypes()
            where type.IsPublic && type.IsClass
            orderby type.FullName
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
            let fact = method.GetCustomAttribute<FactAttribute>()
            where fact != null
            orderby method.MetadataToken
            from data in fact is TheoryAttribute ? method.GetCustomAttributes<InlineDataAttribute>().Select(line => line.Data) : new[] { Array.Empty<object?>() }
            select new Test(type, method, data, fact);

        /// <summary>What is wrong, or null.</summary>
        private static string? Run(Test test)
        {
            string? problem = null;
            var thread = new Thread(() =>
            {
                try
                {
                    RunAsync(test).GetAwaiter().GetResult();
                }
                catch (Exception e)
                {
                    problem = (e is TargetInvocationException thrown ? thrown.InnerException ?? e : e).ToString();
                }
            });
            thread.IsBackground = true;
            thread.Start();
            return thread.Join(test.Limit) ? problem : $"it did not end within {test.Limit.TotalSeconds} s";
        }

        private static async Task RunAsync(Test test)
        {
            var instance = test.Method.IsStatic ? null : Activator.CreateInstance(test.Type);
            try
            {
                if (test.Method.Invoke(instance, test.Data) is Task task)
                {
                    await task.ConfigureAwait(false);
                }
            }
            finally
            {
                if (instance is IAsyncDisposable both)
                {
                    await both.DisposeAsync().ConfigureAwait(false);
                }
                (instance as IDisposable)?.Dispose();
            }
        }

        private sealed class Test
        {
            public Test(Type type, MethodInfo method, object?[] data, FactAttribute fact)
            {
                Type = type;
                Method = method;
                Data = data;
                Skip = fact.Skip;
                Limit = fact.Timeout > 0 ? TimeSpan.FromMilliseconds(fact.Timeout) : Runner.Limit;
                Name = $"{type.Name}.{method.Name}{(data.Length > 0 ? $"({string.Join(", ", data)})" : "")}";
            }

            public Type Type { get; }

            public MethodInfo Method { get; }

            public object?[] Data { get; }

            public string? Skip { get; }

            public TimeSpan Limit { get; }

            public string Name { get; }
        }
    }
}
