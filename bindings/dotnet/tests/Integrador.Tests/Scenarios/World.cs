using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests.Scenarios
{
    using Fields = Dictionary<string, object?>;

    /// <summary>Plays the steps of one scenario.</summary>
    internal sealed class World
    {
        private static readonly string[] Known = { "do", "expect", "on", "with", "is", "fails", "as", "steps" };

        private readonly Dictionary<string, App> apps;
        private readonly Dictionary<string, Plain> plain;
        private readonly Dictionary<string, object?> names;

        internal World(Net net, IEnumerable<string> nodes, IReadOnlyCollection<Plain> withoutLibrary)
        {
            apps = nodes.ToDictionary(name => name, name => new App(net, name));
            plain = withoutLibrary.ToDictionary(platform => platform.Name);
            names = withoutLibrary.ToDictionary(platform => platform.Name, platform => (object?)Json.Made(("endpoint", platform.Url)));
        }

        internal void Play(IEnumerable<object?> steps)
        {
            int number = 0;
            foreach (Fields step in steps.Cast<Fields>())
            {
                string place = $"step {++number}: {Json.Write(step)}";
                Assert.True(step.Keys.All(Known.Contains), place);
                Play((Fields)PutIn(step)!, place);
            }
        }

        /// <summary>
        /// Of an object the fields that are named are compared, of everything else all. A null is what is not there. Ids are text in C#: one
        /// that a scenario writes as a number is compared by its text.
        /// </summary>
        internal static bool Matches(object? found, object? expected)
        {
            switch (expected)
            {
                case Fields those when found is Fields these:
                    return those.All(field => Matches(these.TryGetValue(field.Key, out object? value) ? value : null, field.Value));
                case List<object?> those when found is List<object?> these:
                    return these.Count == those.Count && these.Zip(those, Matches).All(same => same);
                case long number when found is string text:
                    return text == number.ToString(CultureInfo.InvariantCulture);
                case JsonElement number when found is JsonElement other:
                    return number.GetRawText() == other.GetRawText();
                case JsonElement number when found is string text:
                    return text == number.GetRawText();
                default:
                    return Equals(found, expected);
            }
        }

        private void Play(Fields step, string place)
        {
            Func<object?> operation = Operation(step);
            if (step.ContainsKey("fails"))
            {
                string? failure = Failure(operation);
                Assert.True(failure == step.Text("fails"), $"{place}: got {failure ?? "no error"}");
                return;
            }
            object? returned = operation();
            Stopwatch since = Stopwatch.StartNew();
            while (step.ContainsKey("is") && !Matches(returned, step["is"]))
            {
                Assert.True(step.ContainsKey("expect") && since.Elapsed < Eventually.Patience, $"{place}: got {Json.Write(returned)}");
                Thread.Sleep(10);
                returned = operation();
            }
            if (step.ContainsKey("as"))
            {
                names[step.Text("as")] = returned;
            }
        }

        private static string? Failure(Func<object?> operation)
        {
            try
            {
                operation();
                return null;
            }
            catch (IntegradorException e)
            {
                return Words.Of(e.Kind);
            }
        }

        private Func<object?> Operation(Fields step)
        {
            string name = step.TextOrNull("do") ?? step.Text("expect");
            Fields with = step.Object("with");
            if (name == "posted")
            {
                Plain platform = plain[step.Text("on")];
                return () => Chosen(platform.Posts, with);
            }
            App app = apps[step.Text("on")];
            return name switch
            {
                "open" => Nothing(() => app.Open(with)),
                "close" => Nothing(() => app.Node.Close()),
                "handle_events" => Nothing(() => app.HandleEvents(with)),
                "called" => () => Chosen(app.Called, with),
                "handled" => () => Chosen(app.Handled, with),
                "in_order" => () =>
                {
                    List<string> ids = with.List("events").Select(id => (string)id!).ToList();
                    return ids.SequenceEqual(ids.OrderBy(id => id, StringComparer.Ordinal).Distinct());
                },
                _ => () => new ScenarioCalls(app.Node).Call(name, with),
            };
        }

        private static object Chosen(IEnumerable<Fields> all, Fields by) => all.Where(one => Matches(one, by)).Cast<object?>().ToList();

        private static Func<object?> Nothing(Action work) => () =>
        {
            work();
            return null;
        };

        /// <summary>With <c>$name.field</c> or <c>$name.0.field</c> replaced by what that is.</summary>
        private object? PutIn(object? value)
        {
            switch (value)
            {
                case List<object?> list:
                    return list.Select(PutIn).ToList();
                case Fields fields:
                    return fields.ToDictionary(of => of.Key, of => PutIn(of.Value));
                case string text when text.StartsWith('$'):
                    string[] parts = text.Substring(1).Split('.');
                    return parts.Skip(1).Aggregate(names[parts[0]], (found, part) =>
                        found is List<object?> items ? items[int.Parse(part, CultureInfo.InvariantCulture)] : ((Fields)found!)[part]);
                default:
                    return value;
            }
        }

        /// <summary>An application of the scenario; its node is made anew by each <c>open</c>.</summary>
        private sealed class App
        {
            private readonly Net net;
            private readonly string name;
            private Node? node;

            internal App(Net net, string name)
            {
                this.net = net;
                this.name = name;
            }

            internal ConcurrentQueue<Fields> Called { get; } = new ConcurrentQueue<Fields>();

            internal ConcurrentQueue<Fields> Handled { get; } = new ConcurrentQueue<Fields>();

            internal Node Node => node!;

            internal void Open(Fields options) => node = net.Open(name, given => ScenarioCalls.Configure(given, options));

            internal void HandleEvents(Fields with)
            {
                ScenarioCalls.Only(with, "rules");
                List<Rule> rules = with.ContainsKey("rules")
                    ? with.List("rules").Cast<Fields>().Select(rule => new Rule(rule)).ToList()
                    : new List<Rule>();
                Node.Start(new Handler(this, rules, new ScenarioCalls(Node)));
            }
        }

        private sealed class Rule
        {
            private readonly Fields rule;
            private long left;

            internal Rule(Fields rule)
            {
                ScenarioCalls.Only(rule, "when", "do", "with", "fail", "times");
                this.rule = rule;
                left = rule.TryGetValue("times", out object? times) ? (long)times! : long.MaxValue;
            }

            internal void Follow(Fields e, ScenarioCalls calls)
            {
                if (!Matches(e, rule["when"]) || left == 0)
                {
                    return;
                }
                left--;
                if (rule.ContainsKey("do"))
                {
                    calls.Call(rule.Text("do"), rule.Object("with"));
                }
                if (rule.ContainsKey("fail"))
                {
                    throw new InvalidOperationException(rule.Text("fail"));
                }
            }
        }

        private sealed class Handler : IIntegradorHandler
        {
            private readonly App app;
            private readonly List<Rule> rules;
            private readonly ScenarioCalls calls;

            internal Handler(App app, List<Rule> rules, ScenarioCalls calls)
            {
                this.app = app;
                this.rules = rules;
                this.calls = calls;
            }

            public Task HandleAsync(Event e, CancellationToken cancellationToken)
            {
                Fields shown = ScenarioCalls.Event(e);
                app.Called.Enqueue(shown);
                rules.ForEach(rule => rule.Follow(shown, calls));
                app.Handled.Enqueue(ScenarioCalls.Event(e));
                return Task.CompletedTask;
            }
        }
    }
}
