using System;
using System.Linq;
using System.Text;
using Integrador.Sample;
using Xunit;

namespace Integrador.Bindgen.Tests
{
    /// <summary>Texts and bytes of every kind and size.</summary>
    public class TextTests
    {
        private const int Large = 10_000_000;

        [Theory]
        [InlineData("")]
        [InlineData("a")]
        [InlineData("¡Hola, señora!")]
        [InlineData("emoji 🎉 and a family 👩‍👩‍👧")]
        [InlineData("\0 in front, in the m\0iddle, and at the end\0")]
        [InlineData("\uFEFF a mark \uFFFE \uFFFF")]
        public void Texts_come_back(string text)
        {
            Assert.Equal(text, IntegradorBindgenSample.EchoString(text));
            Assert.Equal(text, IntegradorBindgenSample.EchoOptionalString(text));
            Assert.Equal((ulong)Encoding.UTF8.GetByteCount(text), IntegradorBindgenSample.StringBytes(text));
        }

        [Fact]
        public void Half_of_a_surrogate_pair_becomes_a_replacement_character()
        {
            foreach (var text in new[] { "a\uD83Cb", "a\uDF89b" })
            {
                Assert.Equal("a\uFFFDb", IntegradorBindgenSample.EchoString(text));
                Assert.Equal("a\uFFFDb", IntegradorBindgenSample.EchoOptionalString(text));
                Assert.Equal(new uint[] { 'a', 0xFFFD, 'b' }, IntegradorBindgenSample.StringScalars(text));
            }
            Assert.Equal(new uint[] { 0x1F389 }, IntegradorBindgenSample.StringScalars("\uD83C\uDF89"));
        }

        [Fact]
        public void Bytes_come_back()
        {
            var all = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
            Assert.Equal(all, IntegradorBindgenSample.EchoBytes(all));
            Assert.Empty(IntegradorBindgenSample.EchoBytes(Array.Empty<byte>()));
        }

        [Fact]
        public void Bytes_are_lent_for_a_call()
        {
            Assert.Equal(255UL * 128, IntegradorBindgenSample.SumBytes(Enumerable.Range(0, 256).Select(i => (byte)i).ToArray()));
            Assert.Equal(0UL, IntegradorBindgenSample.SumBytes(Array.Empty<byte>()));
            Assert.Throws<ArgumentNullException>(() => IntegradorBindgenSample.SumBytes(null!));
        }

        [Fact]
        public void Ten_megabytes_come_back()
        {
            var bytes = new byte[Large];
            new Random(1).NextBytes(bytes);
            Assert.True(bytes.SequenceEqual(IntegradorBindgenSample.EchoBytes(bytes)));
            var text = new string('ñ', Large / 2);
            Assert.True(text == IntegradorBindgenSample.EchoString(text));
            Assert.True(text == IntegradorBindgenSample.EchoOptionalString(text));
        }
    }
}
