using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Integrador.Tests.Scenarios;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    using Fields = Dictionary<string, object?>;

    /// <summary>
    /// The vectors of <c>tests/vectors</c>, as far as a binding can run them: what goes in by <see cref="Node.Handle"/> and the registry,
    /// and what C# sees of it. Ids are text in C#, so they are compared by their text.
    /// </summary>
    public sealed class VectorsTests : IDisposable
    {
        private const string Nowhere = "http://127.0.0.1:9/";
        private readonly Folder folder = new Folder();
        private readonly List<Node> opened = new List<Node>();

        public void Dispose()
        {
            opened.ForEach(node => node.Dispose());
            folder.Dispose();
        }

        [Fact]
        public void Bodies_are_JSON_as_the_vectors_say()
        {
            Node node = Hub(new Fields(), "BuasApp");
            Each("json.json", _ => true, vector =>
            {
                byte[] body = vector.TextOrNull("base64") is string base64 ? Convert.FromBase64String(base64) : Encoding.UTF8.GetBytes(vector.Text("text"));
                Response answer = Post(node, "/message", new Fields(), body);
                if (vector.ContainsKey("error"))
                {
                    Assert.Equal(400, answer.StatusCode);
                    Assert.Contains("line " + vector.Object("error").Text("line"), Told(answer));
                }
                else
                {
                    // Who speaks is asked once it is JSON; what isn't an object has no place for a token.
                    Assert.True(answer.StatusCode == 401 || (answer.StatusCode == 400 && Told(answer).Contains("object", StringComparison.Ordinal)), Told(answer));
                }
            });
        }

        [Fact]
        public void Users_that_are_posted_are_seen()
        {
            Node node = Hub(new Fields(), "BuasApp", "GWT_CHAT", "net core");
            // That somebody is gone is only told by nodes.
            Each("user.json", vector => !(vector["in"] is Fields body && body.ContainsKey("active")), vector =>
            {
                string platform = From(vector);
                Response answer = Post(node, "/user", platform, vector["in"]);
                if (vector.ContainsKey("error"))
                {
                    Refused(vector, answer);
                    return;
                }
                Assert.Equal(200, answer.StatusCode);
                Fields expected = vector.Object("node");
                User user = node.Users(platform).Single(one => one.Id == new ExternalId(platform, expected.Text("id")));
                Assert.Equal(expected.Text("name"), user.Name);
                Assert.True(user.Active);
                Assert.Equal(expected.TextOrNull("avatar"), user.Avatar);
                Assert.Equal(OnTheWire.Ext(expected), user.Ext?.Json);
            });
        }

        [Fact(Timeout = 180_000)]
        public Task Rooms_that_are_posted_are_seen() => Task.Run(() =>
        {
            var names = new SortedSet<string>(StringComparer.Ordinal);
            foreach (Fields vector in Vectors("room.json"))
            {
                names.Add(From(vector));
                if (vector.ContainsKey("node"))
                {
                    names.UnionWith(OnTheWire.Members(vector.Object("node").List("users")).Select(of => of.Key));
                }
            }
            // Between nodes there are rooms of others too, and `again`, which in a post is a field like any unknown one.
            bool Posted(Fields vector) => !(vector["in"] is Fields body)
                || (!body.ContainsKey("roomOriginalPlatform") && vector.TextOrNull("error") != "again");
            Each("room.json", Posted, vector =>
            {
                // An id stays as it first came, so each has a node of its own.
                Node node = Hub(vector.Object("limits"), names.ToArray());
                Response answer = Post(node, "/room", From(vector), vector["in"]);
                if (vector.ContainsKey("error"))
                {
                    Refused(vector, answer);
                }
                else
                {
                    Assert.Equal(200, answer.StatusCode);
                    Fields expected = vector.Object("node");
                    Room room = node.Room(new ExternalId(From(vector), expected.Text("id")))!;
                    Assert.Equal(expected.Text("name"), room.Name);
                    Assert.Equal(expected.Text("type"), Words.Of(room.Kind));
                    Assert.Equal(
                        OnTheWire.Members(expected.List("users")).Select(of => of.Key + ": " + string.Join(" ", of.Value)),
                        room.Members.Select(of => of.Key + ": " + string.Join(" ", of.Value)));
                    Assert.Equal(OnTheWire.Bans(expected), OnTheWire.Bans(room));
                    Assert.Equal(expected.TextOrNull("avatar"), room.Avatar);
                    Assert.Equal(OnTheWire.Ext(expected), room.Ext?.Json);
                }
                node.Dispose();
            });
        });

        [Theory]
        [InlineData("message.json")]
        [InlineData("attachments.json")]
        public void Messages_that_are_posted_come_as_what_they_were(string file)
        {
            var names = new SortedSet<string>(StringComparer.Ordinal);
            foreach (Fields vector in Vectors(file))
            {
                names.Add(From(vector));
                if (vector.ContainsKey("node"))
                {
                    names.Add(vector.Object("node").Text("roomOriginalPlatform"));
                }
            }
            var nodes = new Dictionary<string, Node>();
            Each(file, vector => vector.ContainsKey("node") || vector.ContainsKey("error"), vector =>
            {
                string limits = Json.Write(vector.Object("limits"));
                if (!nodes.TryGetValue(limits, out Node? node))
                {
                    node = Hub(vector.Object("limits"), names.ToArray());
                    nodes[limits] = node;
                }
                if (vector.ContainsKey("error"))
                {
                    Refused(vector, Post(node, "/message", "BuasApp", vector["in"]));
                    return;
                }
                var expected = new Fields(vector.Object("node"));
                Fields room = Json.Made(("id", expected["roomId"]), ("name", "Sala"), ("type", "public"), ("users", new List<object?>()));
                Assert.Equal(200, Post(node, "/room", expected.Text("roomOriginalPlatform"), room).StatusCode);
                Assert.Equal(200, Post(node, "/message", vector.Text("from"), vector["in"]).StatusCode);
                Message message = Pair.Taken(node, 1)[0];
                Assert.Equal(message.Sender.ToString(), message.SenderName);
                Assert.Equal(expected.Text("platform"), message.Sender.Platform);
                Assert.Equal(expected.ContainsKey("sentAt") ? OnTheWire.Time(expected.Text("sentAt")) : (DateTimeOffset?)null, message.SentAt);
                expected.Remove("platform");
                expected.Remove("sentAt");
                Fields shown = OnTheWire.Shown(message);
                Assert.True(World.Matches(shown, expected) && shown.Count == expected.Count, $"expected {Json.Write(expected)}, got {Json.Write(shown)}");
            });
        }

        /// <summary>
        /// The vectors hold the signatures of a time that is long past, so each is made anew for now, by code of the test's own that makes
        /// the same signatures as the vectors have.
        /// </summary>
        [Fact]
        public void Signatures_are_verified()
        {
            const string Body = "{\"id\": 4, \"name\": \"Juan\", \"platform\": \"Sur\"}";
            List<Fields> right = Vectors("signature.json").Where(one => (bool)one["verifies"]!).ToList();
            Assert.NotEmpty(right);
            foreach (Fields vector in right)
            {
                string token = vector.Text("token"), id = vector.Text("id");
                Assert.Contains(Signature(token, id, (long)vector["timestamp"]!, vector.Text("body")), vector.Text("signature").Split(' '));
                Node node = Open(new[] { Entry("Sur", token) }, new Fields());
                int Signed(long at, string signature) => Post(
                    node, "/user", Json.Made(("webhook-id", id), ("webhook-timestamp", at), ("webhook-signature", signature)), Encoding.UTF8.GetBytes(Body)).StatusCode;
                long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
                string good = Signature(token, id, now, Body), bad = Signature(token + "!", id, now, Body);
                Assert.Equal(401, Signed(now, bad));
                Assert.Equal(401, Signed(now, ""));
                Assert.Equal(401, Signed(now + 1, good));
                Assert.Equal(401, Signed(now - 400, Signature(token, id, now - 400, Body)));
                Assert.Equal(200, Signed(now, bad + " " + good));
                Assert.Equal(new ExternalId("Sur", "4"), node.Users("Sur").Single().Id);
            }
        }

        [Fact]
        public void Batches_are_read_line_by_line()
        {
            Node node = Open(new[] { Entry("BuasApp", "4444") }, new Fields());
            Each("batch.json", _ => true, vector =>
            {
                string body = string.Concat(Enumerable.Repeat(vector.Text("text"), vector.TryGetValue("repeat", out object? times) ? (int)(long)times! : 1));
                DateTimeOffset now = DateTimeOffset.UtcNow;
                // A UUID of version 7.
                string hex = now.ToUnixTimeMilliseconds().ToString("x12", CultureInfo.InvariantCulture) + "7" + Guid.NewGuid().ToString("N").Substring(13);
                string id = Guid.ParseExact(hex, "N").ToString();
                Response answer = Post(node, "/batch", Json.Made(
                    ("webhook-id", id),
                    ("webhook-timestamp", now.ToUnixTimeSeconds()),
                    ("webhook-signature", Signature("4444", id, now.ToUnixTimeSeconds(), body)),
                    ("Content-Type", "application/x-ndjson"),
                    ("Content-Length", (long)Encoding.UTF8.GetByteCount(body))), Encoding.UTF8.GetBytes(body));
                if (vector.ContainsKey("error"))
                {
                    Assert.Equal(vector.Object("error").Text("kind") == "invalid" ? 400 : 413, answer.StatusCode);
                    return;
                }
                Assert.Equal(200, answer.StatusCode);
                List<string> ids = Encoding.UTF8.GetString(answer.Body).Split(new[] { '\n' }, StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => Json.Fields(line).Text("id")).ToList();
                if (vector.ContainsKey("count"))
                {
                    Assert.Equal((int)(long)vector["count"]!, ids.Count);
                }
                else
                {
                    Assert.Equal(vector.List("events").Cast<Fields>().Select(one => one.Text("id")), ids);
                }
            });
        }

        [Fact]
        public void A_ping_is_answered_as_a_node_answers()
        {
            Node node = Open(Array.Empty<object>(), new Fields());
            Fields expected = Vectors("ping.json").First(vector => vector.Text("name") == "as a node answers").Object("in");
            Response response = node.Handle(new Request("GET", "/ping", null, Array.Empty<KeyValuePair<string, string>>(), Array.Empty<byte>()));
            Fields answer = Json.Fields(Encoding.UTF8.GetString(response.Body));
            Assert.Equal(expected.Keys.OrderBy(name => name, StringComparer.Ordinal), answer.Keys.OrderBy(name => name, StringComparer.Ordinal));
            Fields own = expected.Object("integrador");
            own["hosts"] = new List<object?>();
            own["store"] = node.GetStatus().Store.ToString();
            Assert.Equal(Json.Write(own), Json.Write(answer.Object("integrador")));
        }

        [Fact]
        public void Registries_are_read_or_refused_with_what_is_wrong()
        {
            Each("registry.json", _ => true, vector =>
            {
                string place = Directory.CreateDirectory(folder.File(Guid.NewGuid().ToString("N"))).FullName;
                foreach (KeyValuePair<string, object?> file in vector.Object("files"))
                {
                    File.WriteAllText(Path.Combine(place, file.Key), (string)file.Value!);
                }
                string registry = Path.Combine(place, "platforms.json");
                File.WriteAllBytes(registry, vector.TextOrNull("base64") is string base64
                    ? Convert.FromBase64String(base64)
                    : Encoding.UTF8.GetBytes(vector.TextOrNull("text") ?? Json.Write(vector["entries"])));
                var options = new NodeOptions { Standalone = vector.TextOrNull("own") ?? "integrador", Store = Path.Combine(place, "node.db"), Platforms = registry };
                if (vector.ContainsKey("error"))
                {
                    SaidAs(vector.Object("error"), Fails.With(ErrorKind.Config, () => Node.Open(options).Dispose()));
                    return;
                }
                using (Node node = Node.Open(options))
                {
                    // Its own entry is listed only where it has users: a standalone node has none.
                    IEnumerable<string> names = vector.List("platforms").Cast<Fields>().Where(entry => (bool)entry["enabled"]!)
                        .Select(entry => entry.Text("name")).Where(name => !name.Equals("own", StringComparison.OrdinalIgnoreCase));
                    Assert.Equal(Sorted(names), Sorted(node.Platforms().Select(platform => platform.Name).Where(name => name != "own")));
                }
            });
        }

        [Fact]
        public void Spellings_of_a_name_match_or_differ()
        {
            Each("names.json", _ => true, vector =>
            {
                Node node = Hub(new Fields(), vector.Text("registry"));
                foreach ((string field, ErrorKind kind) in new[] { ("match", ErrorKind.Transport), ("differ", ErrorKind.UnknownPlatform) })
                {
                    foreach (object? spelling in vector.ContainsKey(field) ? vector.List(field) : new List<object?>())
                    {
                        Fails.With(kind, () => node.SyncNow((string)spelling!));
                    }
                }
            });
        }

        private static List<string> Sorted(IEnumerable<string> names) => names.Distinct().OrderBy(name => name, StringComparer.Ordinal).ToList();

        private static IEnumerable<Fields> Vectors(string file) => ((List<object?>)Repository.Json("tests/vectors/" + file)!).Cast<Fields>();

        /// <summary>Checks every one, and names those that fail.</summary>
        private static void Each(string file, Func<Fields, bool> some, Action<Fields> check)
        {
            List<Fields> all = Vectors(file).Where(some).ToList();
            Assert.NotEmpty(all);
            var failed = new List<string>();
            foreach (Fields vector in all)
            {
                try
                {
                    check(vector);
                }
                catch (Exception e) when (!(e is OutOfMemoryException))
                {
                    failed.Add(vector.Text("name") + ": " + e);
                }
            }
            Assert.True(failed.Count == 0, string.Join("\n", failed));
        }

        private static string From(Fields vector) => vector.TextOrNull("from") ?? "BuasApp";

        private static Fields Entry(string name, string token) => Json.Made(("id", name), ("name", name), ("endpoint", Nowhere), ("token", token));

        /// <summary>Norte, which hosts plain platforms of these names; the token of each is <c>token of NAME</c>.</summary>
        private Node Hub(Fields limits, params string[] names) =>
            Open(names.Select(name => Entry(name, "token of " + name)), Json.Made(("limits", limits)));

        private Node Open(IEnumerable<object> registry, Fields configured)
        {
            string number = opened.Count.ToString(CultureInfo.InvariantCulture);
            File.WriteAllText(folder.File(number + ".json"), Json.Write(registry));
            var options = new NodeOptions { Platform = "Norte", Store = folder.File(number + ".db"), Platforms = folder.File(number + ".json") };
            ScenarioCalls.Configure(options, configured);
            opened.Add(Node.Open(options));
            return opened[opened.Count - 1];
        }

        private static Response Post(Node node, string path, string platform, object? body)
        {
            if (body is Fields fields)
            {
                // The vectors' tokens are those of the original design, which a registry here need not have.
                body = fields.Where(field => field.Key != "token").ToDictionary(field => field.Key, field => field.Value);
            }
            Fields headers = Json.Made(("Authorization", "Bearer token of " + platform), ("Content-Type", "application/json"));
            return Post(node, path, headers, Encoding.UTF8.GetBytes(Json.Write(body)));
        }

        private static Response Post(Node node, string path, Fields headers, byte[] body) => node.Handle(new Request(
            "POST", path, "", headers.Select(header => new KeyValuePair<string, string>(header.Key, Json.AsText(header.Value!))), body));

        private static string Told(Response response)
        {
            Fields answer = Json.Fields(Encoding.UTF8.GetString(response.Body));
            Assert.Equal(response.StatusCode, (int)(long)answer["status"]!);
            return answer.Text("message");
        }

        private static void Refused(Fields vector, Response response)
        {
            Assert.Equal(400, response.StatusCode);
            string told = Told(response);
            Assert.True(vector["error"] == null || Regex.Split(told, "[^\\p{L}\\p{N}_]+").Contains(vector.Text("error")), told);
            Assert.Contains(vector.TextOrNull("message") ?? "", told);
        }

        /// <summary>A signature as the specification of Standard Webhooks says.</summary>
        private static string Signature(string token, string id, long timestamp, string body)
        {
            using (var mac = new HMACSHA256(Encoding.UTF8.GetBytes(token)))
            {
                byte[] signed = mac.ComputeHash(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{id}.{timestamp}.{body}")));
                return "v1," + Convert.ToBase64String(signed);
            }
        }

        private static void SaidAs(Fields expected, IntegradorException error)
        {
            foreach (object? word in expected.ContainsKey("contains") ? expected.List("contains") : new List<object?>())
            {
                Assert.Contains((string)word!, error.Message);
            }
            foreach (object? word in expected.ContainsKey("never") ? expected.List("never") : new List<object?>())
            {
                Assert.DoesNotContain((string)word!, error.Message);
            }
            if (expected.TextOrNull("line") is string line)
            {
                Assert.Contains("line " + line, error.Message);
            }
        }
    }
}
