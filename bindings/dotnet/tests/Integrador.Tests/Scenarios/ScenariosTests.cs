using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests.Scenarios
{
    using Fields = Dictionary<string, object?>;

    /// <summary>The scenarios of <c>tests/scenarios</c>, feature by feature. All that is particular to C# is in <see cref="ScenarioCalls"/>.</summary>
    public sealed class ScenariosTests
    {
        private const string Folder = "tests/scenarios/";
        private static readonly string[] Parts = { "name", "platforms", "newcomers", "plain", "needs", "shows", "steps" };
        private static readonly Fields Index = (Fields)Repository.Json(Folder + "index.json")!;

        [Theory(Timeout = 300_000)]
        [InlineData("users")]
        [InlineData("rooms")]
        [InlineData("bans")]
        [InlineData("messages")]
        [InlineData("extras")]
        [InlineData("changes")]
        [InlineData("keys")]
        [InlineData("bindings")]
        [InlineData("handlers")]
        [InlineData("order")]
        [InlineData("receipts")]
        [InlineData("unsupported")]
        [InlineData("dead_letters")]
        [InlineData("restarts")]
        [InlineData("joining")]
        [InlineData("status")]
        [InlineData("errors")]
        [InlineData("requests")]
        [InlineData("forks")]
        public async Task The_feature_is_as_its_scenarios_say(string feature)
        {
            var failed = new List<string>();
            foreach (Fields scenario in ((List<object?>)Repository.Json(Folder + feature + ".json")!).Cast<Fields>())
            {
                try
                {
                    await Task.Run(() => Play(scenario));
                }
                catch (Exception e) when (!(e is OutOfMemoryException))
                {
                    failed.Add($"{scenario.Text("name")}: {e}");
                }
            }
            Assert.True(failed.Count == 0, string.Join("\n", failed));
        }

        [Fact]
        public void No_feature_is_left_out()
        {
            MethodInfo plays = GetType().GetMethod(nameof(The_feature_is_as_its_scenarios_say))!;
            IEnumerable<string> played = plays.GetCustomAttributesData()
                .Where(of => of.AttributeType == typeof(InlineDataAttribute))
                .Select(of => (string)((IEnumerable<CustomAttributeTypedArgument>)of.ConstructorArguments[0].Value!).Single().Value!);
            Assert.Equal(Index.Object("features").Keys.ToList(), played.ToList());
        }

        private static void Play(Fields scenario)
        {
            Fields lacks = Index.List("languages").Cast<Fields>().Single(language => language.Text("name") == "C#").Object("lacks");
            if (Names(scenario, "needs").FirstOrDefault(lacks.ContainsKey) is string need)
            {
                // A case of a theory can't be skipped; so at least it says so.
                Console.WriteLine($"skipped {scenario.Text("name")}: C# lacks {need}: {lacks.Text(need)}");
                return;
            }
            Assert.True(scenario.Keys.All(Parts.Contains), "unknown here: " + string.Join(", ", scenario.Keys));
            List<string> platforms = Names(scenario, "platforms"), newcomers = Names(scenario, "newcomers");
            List<Plain> plain = Names(scenario, "plain").Select(name => new Plain(name)).ToList();
            try
            {
                using (var net = new Net(platforms, newcomers))
                {
                    new World(net, platforms.Concat(newcomers), plain).Play(scenario.List("steps"));
                }
            }
            finally
            {
                plain.ForEach(one => one.Dispose());
            }
        }

        private static List<string> Names(Fields scenario, string part) =>
            scenario.ContainsKey(part) ? scenario.List(part).Select(name => (string)name!).ToList() : new List<string>();
    }
}
