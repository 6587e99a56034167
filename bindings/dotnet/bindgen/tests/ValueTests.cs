using System;
using System.Collections.Generic;
using System.Linq;
using Integrador.Sample;
using Xunit;

namespace Integrador.Bindgen.Tests
{
    /// <summary>Values arrive in Rust as they are, and come back as they were.</summary>
    public class ValueTests
    {
        internal static Person Ana(params Person[] friends) => new Person(
            "Ana",
            30,
            null,
            new[] { "Anita", "" },
            new byte[] { 0, 255, 1 },
            new Dictionary<string, double> { ["chess"] = 1.5, [""] = double.NaN },
            new DateTimeOffset(1990, 5, 4, 3, 2, 1, TimeSpan.FromHours(-3)).AddTicks(7),
            friends);

        [Fact]
        public void Records_come_back_equal()
        {
            var person = Ana(Ana(), Ana(Ana()));
            var echo = IntegradorBindgenSample.EchoPerson(person);
            Assert.NotSame(person, echo);
            Assert.Equal(person, echo);
            Assert.True(person == echo);
            Assert.Equal(person.GetHashCode(), echo.GetHashCode());
            Assert.Equal(person.Photo, echo.Photo);
            Assert.Equal(TimeSpan.Zero, echo.Born.Offset);
        }

        [Fact]
        public void Records_that_differ_in_one_thing_are_not_equal()
        {
            var ana = Ana();
            var others = new[]
            {
                Ana(Ana()),
                new Person("Ana", 31, ana.Email, ana.Nicknames, ana.Photo, ana.Scores, ana.Born, ana.Friends),
                new Person("Ana", 30, "", ana.Nicknames, ana.Photo, ana.Scores, ana.Born, ana.Friends),
                new Person("Ana", 30, ana.Email, new[] { "Anita" }, ana.Photo, ana.Scores, ana.Born, ana.Friends),
                new Person("Ana", 30, ana.Email, ana.Nicknames, new byte[] { 0, 255, 2 }, ana.Scores, ana.Born, ana.Friends),
                new Person("Ana", 30, ana.Email, ana.Nicknames, ana.Photo, new Dictionary<string, double>(), ana.Born, ana.Friends),
            };
            Assert.Equal(ana, Ana());
            foreach (var other in others)
            {
                Assert.NotEqual(ana, other);
                Assert.True(ana != other);
            }
            Assert.False(ana.Equals(null));
            Assert.False(ana == null);
        }

        [Fact]
        public void Records_say_what_is_in_them()
        {
            Assert.Equal(
                "Numbers { Yes = True, I8 = -1, U8 = 1, I16 = -2, U16 = 2, I32 = -3, U32 = 3, I64 = -4, U64 = 4, F32 = 0.5, F64 = 1.5 }",
                new Numbers(true, -1, 1, -2, 2, -3, 3, -4, 4, 0.5f, 1.5).ToString());
            Assert.Contains("Nicknames = [Anita, ], Photo = 3 bytes, Scores = [[chess, 1.5], [, NaN]]", Ana().ToString());
            Assert.Equal("Nothing", new Nothing().ToString());
        }

        [Fact]
        public void Records_without_fields_are_equal() => Assert.Equal(new Nothing(), IntegradorBindgenSample.EchoNothing(new Nothing()));

        [Fact]
        public void Numbers_keep_their_extremes()
        {
            var least = new Numbers(false, sbyte.MinValue, 0, short.MinValue, 0, int.MinValue, 0, long.MinValue, 0, float.MinValue, double.NegativeInfinity);
            var most = new Numbers(
                true,
                sbyte.MaxValue,
                byte.MaxValue,
                short.MaxValue,
                ushort.MaxValue,
                int.MaxValue,
                uint.MaxValue,
                long.MaxValue,
                ulong.MaxValue,
                float.Epsilon,
                double.NaN);
            Assert.Equal(least, IntegradorBindgenSample.EchoNumbers(least));
            Assert.Equal(most, IntegradorBindgenSample.EchoNumbers(most));
        }

        [Fact]
        public void Arguments_that_are_numbers_arrive()
        {
            Assert.Equal(long.MinValue, IntegradorBindgenSample.Add(long.MaxValue, 1));
            Assert.False(IntegradorBindgenSample.Not(true));
            Assert.True(IntegradorBindgenSample.Not(false));
            Assert.Equal(new[] { -0.75, 0.25 }, IntegradorBindgenSample.Halve(-1.5, 0.5f));
        }

        [Fact]
        public void Flat_enums_come_back()
        {
            foreach (var color in Enum.GetValues(typeof(Color)).Cast<Color>())
            {
                Assert.Equal(color, IntegradorBindgenSample.EchoColor(color));
            }
        }

        [Fact]
        public void Discriminants_beyond_an_i64_are_those_of_rust()
        {
            foreach (var big in Enum.GetValues(typeof(Big)).Cast<Big>())
            {
                Assert.Equal(big, IntegradorBindgenSample.EchoBig(big));
                Assert.Equal((ulong)big, IntegradorBindgenSample.Discriminant(big));
            }
            Assert.Equal(ulong.MaxValue, (ulong)Big.Last);
        }

        [Fact]
        public void Negative_discriminants_are_those_of_rust()
        {
            Assert.Equal(new sbyte[] { -5, -4, 7 }, new[] { (sbyte)Signed.Minus, (sbyte)Signed.After, (sbyte)Signed.Plus });
            Assert.Equal(Signed.After, IntegradorBindgenSample.EchoSigned(Signed.After));
        }

        [Fact]
        public void A_number_that_is_no_variant_is_refused() =>
            Assert.Throws<ArgumentOutOfRangeException>(() => IntegradorBindgenSample.EchoColor((Color)99));

        [Fact]
        public void Enums_with_fields_come_back_equal()
        {
            var shapes = new Shape[]
            {
                new Shape.Empty(),
                new Shape.Circle(1.5),
                new Shape.Label("L"),
                new Shape.Line(-1, 2),
                new Shape.Group(new Shape[] { new Shape.Empty(), new Shape.Group(Array.Empty<Shape>(), null) }, Color.Green),
            };
            foreach (var shape in shapes)
            {
                var echo = IntegradorBindgenSample.EchoShape(shape);
                Assert.Equal(shape, echo);
                Assert.True(shape == echo);
                Assert.Equal(shape.GetHashCode(), echo.GetHashCode());
                Assert.Equal(shape.GetType(), echo.GetType());
                Assert.Single(shapes.Where(other => other == shape));
            }
            Assert.Equal("Line { Value1 = -1, Value2 = 2 }", shapes[3].ToString());
        }

        [Fact]
        public void Lists_nest()
        {
            var lists = new[] { new[] { "a", "" }, Array.Empty<string>(), new[] { "b" } };
            Assert.Equal<IReadOnlyList<string>>(lists, IntegradorBindgenSample.EchoNested(lists));
            Assert.Empty(IntegradorBindgenSample.EchoNested(Array.Empty<string[]>()));
        }

        [Fact]
        public void Lists_options_and_maps_nest_in_each_other()
        {
            var deep = new IReadOnlyDictionary<string, IReadOnlyList<int?>>?[]
            {
                null,
                new Dictionary<string, IReadOnlyList<int?>> { ["x"] = new int?[] { 1, null, -1 }, ["y"] = Array.Empty<int?>() },
            };
            var echo = IntegradorBindgenSample.EchoDeep(deep);
            Assert.Equal(2, echo.Count);
            Assert.Null(echo[0]);
            Assert.Equal(2, echo[1]!.Count);
            Assert.Equal(new int?[] { 1, null, -1 }, echo[1]!["x"]);
            Assert.Empty(echo[1]!["y"]);
        }

        [Fact]
        public void Maps_come_back()
        {
            var map = new Dictionary<Color, IReadOnlyList<Person>> { [Color.Red] = new[] { Ana() }, [Color.DarkBlue] = Array.Empty<Person>() };
            var echo = IntegradorBindgenSample.EchoMap(map);
            Assert.Equal(2, echo.Count);
            Assert.Equal(map[Color.Red], echo[Color.Red]);
            Assert.Empty(echo[Color.DarkBlue]);
        }

        [Fact]
        public void Options_are_null_or_not()
        {
            Assert.Null(IntegradorBindgenSample.EchoOptionalString(null));
            Assert.Equal("", IntegradorBindgenSample.EchoOptionalString(""));
            Assert.Null(IntegradorBindgenSample.EchoOptionalNumber(null));
            Assert.Equal(ulong.MaxValue, IntegradorBindgenSample.EchoOptionalNumber(ulong.MaxValue));
        }

        [Fact]
        public void Null_is_refused_by_name()
        {
            Assert.Equal("person", Assert.Throws<ArgumentNullException>(() => IntegradorBindgenSample.EchoPerson(null!)).ParamName);
            Assert.Equal("text", Assert.Throws<ArgumentNullException>(() => IntegradorBindgenSample.EchoString(null!)).ParamName);
            Assert.Equal("class", Assert.Throws<ArgumentNullException>(() => new Keywords(null!, 0, false, null, Array.Empty<int>())).ParamName);
            Assert.Contains("in a list", Assert.Throws<ArgumentNullException>(() => IntegradorBindgenSample.EchoNested(new IReadOnlyList<string>[] { null! })).Message);
            Assert.Contains("in a list", Assert.Throws<ArgumentNullException>(() => IntegradorBindgenSample.EchoNested(new[] { new string[] { null! } })).Message);
        }
    }
}
