using System;
using System.Threading.Tasks;
using Integrador.Sample;
using Xunit;

namespace Integrador.Bindgen.Tests
{
    /// <summary>Errors are exceptions with their fields and their text; panics are exceptions too.</summary>
    public class ErrorTests
    {
        [Fact]
        public void An_error_has_its_type_its_fields_and_its_text()
        {
            var thrown = Assert.Throws<FetchException.NotFound>(() => IntegradorBindgenSample.Fetch("ñandú"));
            Assert.Equal("ñandú", thrown.Key);
            Assert.Equal("ñandú is not here", thrown.Message);
            Assert.IsAssignableFrom<FetchException>(thrown);
        }

        [Fact]
        public void A_variant_may_be_called_error()
        {
            var thrown = Assert.Throws<FetchException.Error>(() => IntegradorBindgenSample.Fetch("error"));
            Assert.Equal("error -7: on demand", thrown.Message);
            Assert.Equal("on demand", thrown.MessageValue);
            Assert.Equal(-7, thrown.Code);
        }

        [Fact]
        public void Fields_may_have_no_name()
        {
            Assert.Equal("by itself", Assert.Throws<FetchException.Refused>(() => IntegradorBindgenSample.Fetch("refused")).Value);
            var two = Assert.Throws<FetchException.Partly>(() => IntegradorBindgenSample.Fetch("partly"));
            Assert.Equal("3 of 4", two.Message);
            Assert.Equal((3u, 4u), (two.Value1, two.Value2));
        }

        [Fact]
        public void A_variant_may_have_no_fields() =>
            Assert.Equal("closed", Assert.Throws<FetchException.Closed>(() => IntegradorBindgenSample.Fetch("closed")).Message);

        [Fact]
        public void An_error_that_was_made_here_has_the_text_of_rust_too()
        {
            FetchException made = new FetchException.Error(1, "m");
            Assert.Equal("error 1: m", made.Message);
            Assert.Equal("error 1: m", Assert.IsType<FetchException.Error>(IntegradorBindgenSample.EchoError(made)).Message);
        }

        [Fact]
        public void An_error_without_a_text_says_its_fields()
        {
            Assert.Equal("Empty", Assert.Throws<PlainException.Empty>(() => IntegradorBindgenSample.Plain(null)).Message);
            var thrown = Assert.Throws<PlainException.DataVariant>(() => IntegradorBindgenSample.Plain(new byte[] { 1 }));
            Assert.Equal("DataVariant { DataValue = 1 bytes, SourceOf =  }", thrown.Message);
        }

        [Fact]
        public void A_flat_error_has_the_text_that_was_sent()
        {
            Assert.Equal(7, IntegradorBindgenSample.Parse("7"));
            Assert.Equal("flat: invalid digit found in string", Assert.Throws<FlatException.Wrapped>(() => IntegradorBindgenSample.Parse("x")).Message);
            Assert.Equal("flat and empty", Assert.Throws<FlatException.Other>(() => IntegradorBindgenSample.Parse("")).Message);
        }

        [Fact]
        public void A_panic_is_an_exception_and_the_process_lives()
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal("asked to panic: panic", Assert.Throws<RustPanicException>(() => IntegradorBindgenSample.Fetch("panic")).Message);
            }
            Assert.Equal("here", IntegradorBindgenSample.Fetch("here"));
        }

        [Fact]
        public async Task A_panic_in_a_future_is_an_exception_too()
        {
            var thrown = await Assert.ThrowsAsync<RustPanicException>(() => IntegradorBindgenSample.FetchLaterAsync("panic", 1));
            Assert.Equal("a future panics", thrown.Message);
        }

        [Fact]
        public async Task A_future_fails_with_its_error()
        {
            var thrown = await Assert.ThrowsAsync<FetchException.NotFound>(() => IntegradorBindgenSample.FetchLaterAsync("k", 1));
            Assert.Equal("k is not here", thrown.Message);
        }
    }
}
