using System.Threading.Tasks;
using Xunit;
using LacksFunction = Integrador.LacksFunction;
using WrongChecksum = Integrador.WrongChecksum;
using WrongContract = Integrador.WrongContract;

namespace Integrador.Bindgen.Tests
{
    /// <summary>A library that does not fit is told at the first call, whichever that is, and at each one after it.</summary>
    public class LibraryTests
    {
        [Fact]
        public void A_function_that_has_changed_is_named()
        {
            var thrown = Assert.Throws<WrongChecksum.RustLibraryException>(() => WrongChecksum.IntegradorBindgenSample.Not(true));
            Assert.StartsWith("The native library 'integrador_bindgen_sample' does not fit this program. uniffi_integrador_bindgen_sample_checksum_func_add is ", thrown.Message);
            Assert.Contains(" and should be 1: what it stands for has changed.", thrown.Message);
            Assert.Contains("generate the C# from this library anew", thrown.Message);
        }

        [Fact]
        public void Another_version_of_the_contract_is_told()
        {
            var thrown = Assert.Throws<WrongContract.RustLibraryException>(() => WrongContract.IntegradorBindgenSample.Not(true));
            Assert.Contains("It speaks version 30 of UniFFI's contract, and this program version 29.", thrown.Message);
        }

        [Fact]
        public void A_function_that_is_gone_is_told()
        {
            var thrown = Assert.Throws<LacksFunction.RustLibraryException>(() => LacksFunction.IntegradorBindgenSample.Not(true));
            Assert.Contains("It has no function uniffi_integrador_bindgen_sample_checksum_func_gone.", thrown.Message);
        }

        [Fact]
        public async Task It_is_told_again_by_each_way_in()
        {
            for (var i = 0; i < 2; i++)
            {
                Assert.Throws<WrongChecksum.RustLibraryException>(() => WrongChecksum.IntegradorBindgenSample.Add(1, 2));
                Assert.Throws<WrongChecksum.RustLibraryException>(() => new WrongChecksum.Counter(1));
                Assert.Throws<WrongChecksum.RustLibraryException>(() => WrongChecksum.Counter.Parse("1"));
                Assert.Throws<WrongChecksum.RustLibraryException>(() => new WrongChecksum.FetchException.Closed().Message);
                await Assert.ThrowsAsync<WrongChecksum.RustLibraryException>(() => WrongChecksum.IntegradorBindgenSample.AtOnceAsync(""));
                await Assert.ThrowsAsync<WrongChecksum.RustLibraryException>(() => WrongChecksum.Session.CreateAsync(""));
            }
        }
    }
}
