using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Integrador.Sample;

namespace Integrador.Bindgen.Witnesses
{
    /// <summary>Plays the calls of <c>agree</c> with what is generated here. See <c>agree</c> for what comes in and goes out.</summary>
    public static class Play
    {
        private static readonly DateTimeOffset Epoch = DateTimeOffset.FromUnixTimeSeconds(0);

        public static async Task Main()
        {
            string? line;
            while ((line = Console.ReadLine()) != null)
            {
                var words = line.Split(' ').Select(word => Encoding.UTF8.GetString(FromHex(word))).ToList();
                Console.WriteLine(ToHex(Encoding.UTF8.GetBytes(await PlayAsync(words[0], words.Skip(1).ToList()))));
            }
        }

        private static async Task<string> PlayAsync(string name, IReadOnlyList<string> given)
        {
            try
            {
                return await CallAsync(name, given);
            }
            catch (FetchException e)
            {
                var fields = e switch
                {
                    FetchException.NotFound error => $" {error.Key}",
                    FetchException.Error error => $" {error.Code} {error.MessageValue}",
                    FetchException.Refused error => $" {error.Value}",
                    FetchException.Partly error => $" {error.Value1} {error.Value2}",
                    _ => "",
                };
                return $"error {e.GetType().Name}{fields}";
            }
            catch (PlainException e)
            {
                return e is PlainException.DataVariant data ? $"error Data {ToHex(data.DataValue)} {data.SourceOf ?? "null"}" : $"error {e.GetType().Name}";
            }
            catch (FlatException e)
            {
                return $"error {e.GetType().Name} {e.Message}";
            }
            catch (RustPanicException e)
            {
                return $"panic {e.Message}";
            }
        }

        private static async Task<string> CallAsync(string name, IReadOnlyList<string> given)
        {
            var first = given.FirstOrDefault() ?? "";
            switch (name)
            {
                case "add":
                    return Show(IntegradorBindgenSample.Add(Number<long>(first), Number<long>(given[1])));
                case "not":
                    return Show(IntegradorBindgenSample.Not(Number<bool>(first)));
                case "halve":
                    return string.Join(" ", IntegradorBindgenSample.Halve(Number<double>(first), Number<float>(given[1])).Select(half => Show(half)));
                case "echo_numbers":
                    return Numbers(given);
                case "echo_string":
                    return IntegradorBindgenSample.EchoString(first);
                case "string_scalars":
                    return string.Join(" ", IntegradorBindgenSample.StringScalars(first));
                case "string_bytes":
                    return Show(IntegradorBindgenSample.StringBytes(first));
                case "echo_optional_string":
                    return IntegradorBindgenSample.EchoOptionalString(first == "null" ? null : first) ?? "null";
                case "echo_bytes":
                    return ToHex(IntegradorBindgenSample.EchoBytes(FromHex(first)));
                case "sum_bytes":
                    return Show(IntegradorBindgenSample.SumBytes(FromHex(first)));
                case "echo_nested":
                    var lists = given.Select(one => one.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
                    return string.Concat(IntegradorBindgenSample.EchoNested(lists).Select(one => $"[{string.Join(" ", one)}]"));
                case "echo_color":
                    return Show((int)IntegradorBindgenSample.EchoColor((Color)Number<int>(first)));
                case "discriminant":
                    return Show(IntegradorBindgenSample.Discriminant(Nth<Big>(first)));
                case "echo_signed":
                    return Show(new List<Signed> { Signed.Minus, Signed.After, Signed.Plus }.IndexOf(IntegradorBindgenSample.EchoSigned(
                        new[] { Signed.Minus, Signed.After, Signed.Plus }[Number<int>(first)])));
                case "echo_shape":
                    return Show(IntegradorBindgenSample.EchoShape(ToShape(first)));
                case "echo_person":
                    return Person(given);
                case "nanoseconds":
                    return Show(IntegradorBindgenSample.Nanoseconds(Epoch + ToSpan(first)));
                case "echo_duration":
                    return Show(IntegradorBindgenSample.EchoDuration(ToSpan(first)));
                case "fetch":
                    return IntegradorBindgenSample.Fetch(first);
                case "plain":
                    IntegradorBindgenSample.Plain(first == "null" ? null : FromHex(first));
                    return "null";
                case "parse":
                    return Show(IntegradorBindgenSample.Parse(first));
                case "counter":
                    using (var counter = new Counter(Number<ulong>(first)))
                    {
                        return $"{counter.Add(Number<ulong>(given[1]))} {counter.Value()} {counter}";
                    }
                case "counter_parse":
                    using (var counter = Counter.Parse(first))
                    {
                        return Show(counter.Value());
                    }
                case "counter_add_all":
                    using (Counter one = new Counter(Number<ulong>(first)), two = new Counter(Number<ulong>(given[1])), three = new Counter(Number<ulong>(given[2])))
                    {
                        return Show(one.AddAll(new[] { one, two }, three, two));
                    }
                case "at_once":
                    return await IntegradorBindgenSample.AtOnceAsync(first);
                case "delay":
                    return Show(await IntegradorBindgenSample.DelayAsync(Number<ulong>(first)));
                case "not_later":
                    return Show(await IntegradorBindgenSample.NotLaterAsync(Number<bool>(first)));
                case "short_later":
                    return Show(await IntegradorBindgenSample.ShortLaterAsync(Number<short>(first)));
                case "wakes":
                    return Show(await IntegradorBindgenSample.WakesAsync(Number<uint>(first)));
                case "fetch_later":
                    return Show(await IntegradorBindgenSample.FetchLaterAsync(first, 1));
                case "counter_later":
                    using (var counter = await Counter.LaterAsync(1, Number<ulong>(first)))
                    {
                        return Show(counter.Value());
                    }
                default:
                    throw new InvalidDataException($"no such call: {name}");
            }
        }

        private static string Numbers(IReadOnlyList<string> given)
        {
            var value = IntegradorBindgenSample.EchoNumbers(new Numbers(
                Number<bool>(given[0]),
                Number<sbyte>(given[1]),
                Number<byte>(given[2]),
                Number<short>(given[3]),
                Number<ushort>(given[4]),
                Number<int>(given[5]),
                Number<uint>(given[6]),
                Number<long>(given[7]),
                Number<ulong>(given[8]),
                Number<float>(given[9]),
                Number<double>(given[10])));
            var all = new object[] { value.Yes, value.I8, value.U8, value.I16, value.U16, value.I32, value.U32, value.I64, value.U64, value.F32, value.F64 };
            return string.Join(" ", all.Select(Show));
        }

        private static string Person(IReadOnlyList<string> given)
        {
            Person Made(params Person[] friends) => new Person(
                given[0],
                Number<uint>(given[1]),
                given[2] == "null" ? null : given[2],
                new[] { "a", "" },
                new byte[] { 0, 255 },
                new Dictionary<string, double> { ["x"] = Number<double>(given[3]) },
                Epoch + ToSpan(given[4]),
                friends);
            var value = IntegradorBindgenSample.EchoPerson(Made(Made()));
            var scores = string.Join(", ", value.Scores.Select(entry => $"{entry.Key}={Show(entry.Value)}"));
            var friends = string.Join(", ", value.Friends.Select(friend => friend.Name));
            var nicknames = string.Join(", ", value.Nicknames);
            return $"{value.Name} {value.Age} {value.Email ?? "null"} [{nicknames}] {ToHex(value.Photo)} {{{scores}}} {Show(value.Born - Epoch)} [{friends}]";
        }

        private static Shape ToShape(string text)
        {
            var words = text.Split(' ', 2);
            switch (words[0])
            {
                case "circle":
                    return new Shape.Circle(Number<double>(words[1]));
                case "label":
                    return new Shape.Label(words[1]);
                case "line":
                    var ends = words[1].Split(' ');
                    return new Shape.Line(Number<int>(ends[0]), Number<int>(ends[1]));
                case "group":
                    return new Shape.Group(new Shape[] { new Shape.Empty(), new Shape.Line(0, -5) }, Color.Green);
                default:
                    return new Shape.Empty();
            }
        }

        private static string Show(Shape value) => value switch
        {
            Shape.Circle circle => $"circle {Show(circle.Radius)}",
            Shape.Label label => $"label {label.Value}",
            Shape.Line line => $"line {line.Value1} {line.Value2}",
            Shape.Group group => $"group {(int)group.Color!.Value} [{string.Join(", ", group.Shapes.Select(Show))}]",
            _ => "empty",
        };

        /// <summary>Both parts count in the same direction.</summary>
        private static TimeSpan ToSpan(string text)
        {
            var parts = text.Split(' ').Select(Number<long>).ToList();
            var ticks = parts[1] / 100;
            return new TimeSpan((parts[0] * TimeSpan.TicksPerSecond) + (parts[0] < 0 ? -ticks : ticks));
        }

        private static string Show(TimeSpan value) => $"{value.Ticks / TimeSpan.TicksPerSecond} {Math.Abs(value.Ticks % TimeSpan.TicksPerSecond) * 100}";

        private static string Show(object value) => value is bool truth ? (truth ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture)!;

        private static T Nth<T>(string index) => Enum.GetValues(typeof(T)).Cast<T>().ElementAt(Number<int>(index));

        private static T Number<T>(string text) => (T)Convert.ChangeType(text, typeof(T), CultureInfo.InvariantCulture);

        private static byte[] FromHex(string hex) => Enumerable.Range(0, hex.Length / 2).Select(i => Convert.ToByte(hex.Substring(i * 2, 2), 16)).ToArray();

        private static string ToHex(byte[] bytes) => string.Concat(bytes.Select(one => one.ToString("x2", CultureInfo.InvariantCulture)));
    }
}
