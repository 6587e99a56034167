using System;
using System.Linq;
using Integrador.Sample;
using Xunit;

namespace Integrador.Bindgen.Tests
{
    /// <summary>Names that are taken in C#. That it compiles is most of the test.</summary>
    public class NameTests
    {
        [Fact]
        public void Keywords_are_arguments_and_fields()
        {
            var keywords = IntegradorBindgenSample.Keywords("c", 1, true, null, new[] { 2 }, @this: 3, @base: 3, @params: 3);
            Assert.Equal(new Keywords("c", 1, true, null, new[] { 2 }), keywords);
        }

        [Fact]
        public void Arguments_are_called_as_the_locals_of_a_call() => Assert.Equal(6, IntegradorBindgenSample.Checked(status: 1, result: 2, value: 3));

        [Fact]
        public void A_field_is_named_as_its_record_or_as_what_every_object_has()
        {
            var name = IntegradorBindgenSample.EchoName(new Name("n", "t", "s"));
            Assert.Equal("n t s", $"{name.NameValue} {name.GetTypeValue} {name.ToStringValue}");
        }

        [Fact]
        public void A_function_is_named_as_the_class_of_the_functions() =>
            Assert.Equal("a function", IntegradorBindgenSample.IntegradorBindgenSampleMethod());

        [Fact]
        public void A_method_is_named_as_its_class_or_as_what_every_object_has()
        {
            using var counter = new Counter(1);
            Assert.Equal("a counter", counter.CounterMethod());
            Assert.True(counter.DisposeMethod());
        }

        [Fact]
        public void Variants_are_named_as_their_enum_or_as_what_is_taken()
        {
            var odds = new Odd[] { new Odd.OddVariant(), new Odd.EqualsVariant(1), new Odd.Object("o"), new Odd.Namespace(2, true) };
            foreach (var odd in odds)
            {
                Assert.Equal(odd, IntegradorBindgenSample.EchoOdd(odd));
            }
        }

        [Fact]
        public void Variants_and_their_fields_are_named_as_types()
        {
            var events = new Event[]
            {
                new Event.Person(ValueTests.Ana()),
                new Event.Color(Color.Green, new Shape.Circle(1)),
                new Event.Shape(null, new[] { Color.Red }),
                new Event.Value(7),
                new Event.Error("e"),
            };
            foreach (var e in events)
            {
                Assert.Equal(e, IntegradorBindgenSample.EchoEvent(e));
            }
            Assert.Equal(5, events.Distinct().Count());
        }

        [Fact]
        public void A_call_whose_name_ends_in_async_keeps_it() => Assert.NotNull(typeof(IntegradorBindgenSample).GetMethod("NamedAsync"));
    }
}
