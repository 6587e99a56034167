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
        private static readonly Fields Index = (Fields)Repository.Json(Folder + "index.json")!;

        [Theory(Timeout = 300_000)]
        [InlineData("users")]
        [InlineData("rooms")]
        [InlineData("messages")]
        [InlineData("changes")]
        [InlineData("keys")]
        [InlineData("bindings")]
        [InlineData("handlers")]
        [InlineData("order")]
        [InlineData("receipts")]
        [InlineData("dead_letters")]
        [InlineData("restarts")]
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
            if (scenario.ContainsKey("needs") && scenario.List("needs").Any(need => lacks.ContainsKey((string)need!)))
            {
                return;
            }
            string[] platforms = scenario.List("platforms").Select(name => (string)name!).ToArray();
            using (var net = new Net(platforms))
            {
                new World(net, platforms).Play(scenario.List("steps"));
            }
        }
    }
}
