using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Internal;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests
{
    /// <summary>What is refused, and how: by exceptions that name what was wrong, and never show a token.</summary>
    public sealed class ArgumentsTests : IDisposable
    {
        private readonly Folder folder = new Folder();
        private readonly Node node;

        public ArgumentsTests() => node = Node.Open(Options());

        public void Dispose()
        {
            node.Dispose();
            folder.Dispose();
        }

        [Fact]
        public void A_null_is_refused_by_the_name_of_its_argument()
        {
            void Refused(string name, Func<object?> call) => Assert.Equal(name, Assert.Throws<ArgumentNullException>(call).ParamName);
            Refused("id", () => node.PublishUser(null!, "Ana"));
            Refused("name", () => node.PublishUserAsync("1", null!));
            Refused("users", () => node.PublishUsers((IReadOnlyDictionary<string, string>)null!));
            Refused("user", () => node.PublishUser(null!));
            Refused("users", () => node.PublishUsersAsync((IEnumerable<NewUser>)null!));
            Refused("users", () => node.PublishUsers(new NewUser[] { null! }));
            Refused("name", () => new NewUser("1", null!));
            Refused("room", () => node.PublishRoomAsync(null!));
            Refused("id", () => new NewRoom(null!, "Plaza", RoomKind.Public));
            Refused("members", () => node.PublishRoom(new NewRoom("7", "Plaza", RoomKind.Public) { Members = { ["Sur"] = null! } }));
            Refused("banned", () => node.PublishRoom(new NewRoom("7", "Plaza", RoomKind.Public) { Banned = { ["Sur"] = null! } }));
            Refused("users", () => Banned.Of((string[])null!));
            Refused("users", () => Banned.Of("1", null!));
            Refused("json", () => Ext.Parse(null!));
            Refused("id", () => node.PublishRoom(null!, "Plaza", RoomKind.Public));
            Refused("room", () => node.JoinRoom(null!, "1"));
            Refused("user", () => node.LeaveRoomAsync("7", null!));
            Refused("message", () => node.PublishMessage(null!));
            Refused("text", () => node.PublishMessage("7", "1", null!));
            Refused("messages", () => node.PublishMessages(null!));
            Refused("messages", () => node.PublishMessages(new NewMessage[] { null! }).Count == 0 ? null : "messages");
            Refused("sender", () => node.EditMessage(Guid.Empty, null!, "hola"));
            Refused("text", () => node.EditMessageAsync(Guid.Empty, "1", null!));
            Refused("sender", () => node.DeleteMessageAsync(Guid.Empty, null!));
            Refused("ofPlatform", () => node.React(Guid.Empty, null!, "1", "👍"));
            Refused("emoji", () => node.ReactAsync(Guid.Empty, "Norte", "1", null!));
            Refused("invite", () => node.Join(null!));
            Refused("b", () => node.IntroduceAsync("Sur", null!));
            Refused("endpoint", () => node.AddPlatform("Sur", null!));
            Refused("request", () => node.Handle(null!));
            Refused("external", () => node.LocalId(BindKind.User, null!));
            Refused("local", () => node.ExternalId(BindKind.User, null!));
            Refused("which", () => node.Retry(null!));
            Refused("eventIds", () => node.Ack(null!));
            Refused("why", () => node.Nack(Array.Empty<Guid>(), null!));
            Refused("room", () => node.Room(null!));
            Refused("options", () => Node.Open(null!));
            Refused("text", () => ExternalId.Parse(null!));
            Assert.Equal("handler", Assert.Throws<ArgumentNullException>(() => node.Start(null!)).ParamName);
        }

        [Fact]
        public void Half_a_character_is_refused_by_the_name_of_its_argument()
        {
            const string Half = "a\uD83D";
            Assert.Equal("name", Fails.With(ErrorKind.Invalid, () => node.PublishUser("1", Half)).Field);
            Assert.Equal("text", Fails.With(ErrorKind.Invalid, () => node.PublishMessage("7", "1", "\uDE00")).Field);
            Assert.Equal("room", Fails.With(ErrorKind.Invalid, () => node.Room(Half)).Field);
            Assert.Equal("avatar", Fails.With(ErrorKind.Invalid, () => node.PublishUser(new NewUser("1", "Ana") { Avatar = Half })).Field);
            var room = new NewRoom("7", "Plaza", RoomKind.Public) { Banned = { ["Norte"] = Banned.Of(Half) } };
            Assert.Equal("banned", Fails.With(ErrorKind.Invalid, () => node.PublishRoom(room)).Field);
            Assert.Equal("json", Fails.With(ErrorKind.Invalid, () => Ext.Parse("{\"a\":\"" + Half + "\"}")).Field);
            node.PublishUser("1", "\uD83D\uDE00");
            Assert.Equal("\uD83D\uDE00", node.Users().Single().Name);
        }

        [Fact]
        public void What_the_core_refuses_names_its_field_too()
        {
            node.PublishRoom("7", "Plaza", RoomKind.Public);
            Assert.Equal("id", Fails.With(ErrorKind.Invalid, () => node.PublishUser("", "Ana")).Field);
            var message = new NewMessage("7", "1", "mirá") { Attachments = { Attachment.Link(AttachmentKind.Image, "ftp://nowhere") } };
            Assert.Equal("attachments[0].url", Fails.With(ErrorKind.Invalid, () => node.PublishMessage(message)).Field);
            Assert.Equal("max", Fails.With(ErrorKind.Invalid, () => node.NextEvents(0, TimeSpan.Zero)).Field);
            Assert.Equal("timeout", Fails.With(ErrorKind.Invalid, () => node.NextEvents(1, TimeSpan.FromSeconds(-3))).Field);
            Assert.Equal("workers", Fails.With(ErrorKind.Invalid, () => node.Start(IntegradorHandler.Messages(_ => { }), 0)).Field);
            Fails.With(ErrorKind.UnknownRoom, () => node.PublishMessage("9", "1", "hola"));
            Fails.With(ErrorKind.UnknownPlatform, () => node.Users("Este"));
            Fails.With(ErrorKind.Invalid, () => ExternalId.Parse("no colon"));
            Assert.False(ExternalId.TryParse("no colon", out _));
            Assert.False(ExternalId.TryParse(null, out _));
            Assert.True(ExternalId.TryParse("Norte:a:b", out ExternalId? id));
            Assert.Equal(new ExternalId("Norte", "a:b"), id);
        }

        [Fact]
        public void Of_many_messages_each_is_judged_by_itself()
        {
            node.PublishRoom("7", "Plaza", RoomKind.Public);
            IReadOnlyList<Published> all = node.PublishMessages(new[]
            {
                new NewMessage("7", "1", "uno") { Key = "k" },
                new NewMessage("9", "1", "dos"),
                new NewMessage("7", "1", "uno") { Key = "k" },
            });
            Assert.Equal(all[0].OrThrow().EventId, all[2].OrThrow().EventId);
            Assert.True(all[2].Receipt!.Duplicate);
            Assert.Equal(ErrorKind.UnknownRoom, all[1].Refusal!.Kind);
            Fails.With(ErrorKind.UnknownRoom, () => all[1].OrThrow());
        }

        [Fact]
        public void An_option_that_is_missing_unknown_or_wrong_is_a_config_error_that_names_it()
        {
            void Wrong(string field, Action<NodeOptions> change)
            {
                NodeOptions options = Options("other.db");
                change(options);
                IntegradorException e = Fails.With(ErrorKind.Config, () => Node.Open(options).Dispose());
                Assert.Contains(field, e.Message);
            }
            Wrong("platform", options => options.Platform = null);
            Wrong("Standalone", options => options.Standalone = "hub");
            Wrong("store", options => options.Store = "");
            Wrong("retention", options => options.Retention = TimeSpan.Zero);
            Wrong("max_handler_attempts", options => options.MaxHandlerAttempts = 0);
            Wrong("retension", options => options.More["retension"] = 5);
            Wrong("max_pending", options => options.More["max_pending"] = "many");
            Wrong("max_pending", options => options.More["max_pending"] = new object());
            Wrong("in_flight", options => options.More["in_flight"] = double.NaN);
            Wrong("store", options => options.More["store"] = "twice.db");
            Wrong("nowhere.json", options => options.Platforms = folder.File("nowhere.json"));
            NodeOptions right = Options("other.db");
            right.Retention = TimeSpan.FromHours(1.5);
            right.More["limits.text"] = 100L;
            right.More["ping_interval"] = 0.5;
            right.More["sync_interval"] = TimeSpan.FromMilliseconds(1_500);
            right.More["directory"] = "public";
            right.More["max_inbox"] = null;
            using (Node other = Node.Open(right))
            {
                other.PublishRoom("7", "Plaza", RoomKind.Public);
                Fails.With(ErrorKind.Invalid, () => other.PublishMessage("7", "1", new string('x', 101)));
            }
        }

        [Fact]
        public void Every_call_after_closing_says_that_the_node_is_closed()
        {
            Consumer events = node.CreateConsumer();
            node.Close();
            node.Close();
            Assert.True(node.IsClosed);
            Assert.Equal("Norte", node.Name);
            object?[] Arguments(MethodInfo method) => method.GetParameters().Select(parameter => Some(parameter.ParameterType)).ToArray();
            IEnumerable<MethodInfo> calls = typeof(Node).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(method => !new[] { "Close", "CloseAsync", "Dispose", "DisposeAsync", "Stop", "StopAsync", "ToString", "get_Name", "get_IsClosed", "ConsumeAsync" }.Contains(method.Name));
            int count = 0;
            foreach (MethodInfo method in calls)
            {
                Exception? thrown = null;
                try
                {
                    (method.Invoke(node, Arguments(method)) as Task)?.GetAwaiter().GetResult();
                }
                catch (Exception e)
                {
                    thrown = e is TargetInvocationException invoked ? invoked.InnerException : e;
                }
                Assert.True((thrown as IntegradorException)?.Kind == ErrorKind.Closed, $"{method}: {thrown}");
                count++;
            }
            Assert.True(count > 70, $"only {count} calls were tried");
            Fails.With(ErrorKind.Closed, () => events.Next(TimeSpan.FromSeconds(10)));
            events.Dispose();
            events.Dispose();
        }

        [Fact]
        public void A_panic_of_the_core_is_an_internal_error()
        {
            IntegradorException e = Fails.With(ErrorKind.Internal, () => Failures.Do(() => Native.IntegradorFfi.Panics()));
            Assert.Contains("asked for", e.Message);
        }

        // Shows promise 7.
        [Fact]
        public async Task No_token_is_in_an_exception_or_a_text()
        {
            const string Token = "0123456789abcdef-secret";
            string registry = folder.File("tokens.json");
            File.WriteAllText(registry, Json.Write(new[] { Json.Made(("id", 1), ("name", "Sur"), ("endpoint", "http://127.0.0.1:9/"), ("token", Token)) }));
            NodeOptions options = Options("tokens.db");
            options.Platforms = registry;
            var texts = new List<string>();
            using (Node other = Node.Open(options))
            {
                var request = new Request("GET", "/users", "token=" + Token, new[] { new KeyValuePair<string, string>("Authorization", "Bearer " + Token) }, Array.Empty<byte>());
                texts.Add(request.ToString());
                texts.Add(other.ToString());
                Assert.Equal(200, other.Handle(request).StatusCode);
                texts.Add((await Fails.WithAsync(ErrorKind.Transport, () => other.SyncNowAsync("Sur"))).ToString());
                texts.AddRange(other.Check().Select(finding => finding.What + finding.ToDo));
                texts.Add(other.Prometheus());
            }
            File.WriteAllText(registry, "[{\"id\": 1, \"name\": \"Sur\", \"endpoint\": 7, \"token\": \"" + Token + "\"}]");
            texts.Add(Fails.With(ErrorKind.Config, () => Node.Open(options).Dispose()).ToString());
            Assert.True(texts.All(text => text.Length > 0));
            Assert.All(texts, text => Assert.DoesNotContain(Token, text));
        }

        [Fact]
        public void An_id_is_the_same_text_on_both_sides()
        {
            node.PublishRoom("7", "Plaza", RoomKind.Public);
            Guid id = node.PublishMessage("7", "1", "hola", key: "k").EventId ?? Guid.Empty;
            // The version of a UUID stands at the same place of the text in every language.
            Assert.True(node.PublishMessage("7", "1", "hola", key: "k").EventId == id);
            Assert.True(id == Guid.Empty || id.ToString()[14] == '7', id.ToString());
        }

        private static object? Some(Type type) =>
            type == typeof(string) ? "7"
            : type == typeof(Ref) ? (Ref)"7"
            : type == typeof(ExternalId) ? new ExternalId("Norte", "7")
            : type == typeof(NewMessage) ? new NewMessage("7", "1", "hola")
            : type == typeof(NewUser) ? new NewUser("7", "Ana")
            : type == typeof(IEnumerable<NewUser>) ? new[] { new NewUser("7", "Ana") }
            : type == typeof(NewRoom) ? new NewRoom("7", "Plaza", RoomKind.Public)
            : type == typeof(IEnumerable<NewMessage>) ? new[] { new NewMessage("7", "1", "hola") }
            : type == typeof(IEnumerable<Guid>) ? new[] { Guid.NewGuid() }
            : type == typeof(IReadOnlyDictionary<string, string>) ? new Dictionary<string, string>()
            : type == typeof(Request) ? new Request("GET", "/ping", null, Array.Empty<KeyValuePair<string, string>>(), Array.Empty<byte>())
            : type == typeof(DeadLetters) ? DeadLetters.All
            : type == typeof(IIntegradorHandler) ? IntegradorHandler.Messages(_ => { })
            : type == typeof(int) ? 1
            : type == typeof(TimeSpan) ? TimeSpan.Zero
            : type == typeof(RoomKind) ? RoomKind.Public
            : type.IsValueType ? Activator.CreateInstance(type) : null;

        private NodeOptions Options(string store = "norte.db") => new NodeOptions { Platform = "Norte", Store = folder.File(store) };
    }
}
