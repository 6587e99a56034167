"""Tests of the list of evidence: `python3 -m unittest tests/evidence_test.py`."""

import contextlib
import importlib.machinery
import importlib.util
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("evidence", str(Path(__file__).resolve().parent / "evidence"))
evidence = importlib.util.module_from_spec(importlib.util.spec_from_loader("evidence", loader))
loader.exec_module(evidence)
from written import END, begin

MARK = "Shows promise"  # not written out below, since this file is read for such comments too


class Evidence(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        evidence.ROOT = Path(folder.name).resolve()
        self.write("docs/guarantees.md", "# Promises\n\n## 1. Kept\n\n## 2. No echo, no loop\n")
        self.write("docs/evidence.md", f"# Evidence\n\n{begin('tests/evidence')}{END}")

    def write(self, path, text):
        file = evidence.ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def found(self):
        shown, faults = evidence.collected(evidence.promises())
        return {number: [name for _, name in tests] for number, tests in shown.items()}, faults

    def run_it(self, *arguments):
        with contextlib.redirect_stdout(io.StringIO()):
            return evidence.main(list(arguments))

    def test_a_test_of_each_language_is_found_by_what_stands_above_it(self):
        self.write("core/a.rs", f"/// A doc.\n/// {MARK} 1.\n#[tokio::test(start_paused = true)]\nasync fn in_rust() {{\n}}\n")
        self.write("tests/b.py", f"    # {MARK} 1.\n    @pytest.mark.parametrize(\n        'x', [1]\n    )\n    def test_in_python(x):\n")
        self.write("bindings/C.java", f"    /** {MARK} 1. */\n    @Test\n    void inJava() {{\n")
        self.write("bindings/D.java", f"    /** {MARK} 1. */\n    @Test\n    @DisplayName(\"in java, said\")\n    void said() {{\n")
        self.write("bindings/E.cs", f"    // {MARK}s 1 and 2.\n    [Fact(Timeout = 5)]\n    public async Task In_csharp()\n")
        self.write("tests/f.test.mjs", f"// {MARK} 1.\ntest(\"in JavaScript\", () => {{\n")
        self.write("tests/scenarios/g.json", '[{"name": "in_a_scenario", "shows": [1, 2]}, {"name": "shows_nothing"}]')
        shown, faults = self.found()
        self.assertEqual(faults, [])
        self.assertEqual(shown[2], ["In_csharp", "in_a_scenario"])
        self.assertEqual(set(shown[1]), {"in_rust", "test_in_python", "inJava", "in java, said", "In_csharp", "in JavaScript", "in_a_scenario"})

    def test_a_function_of_a_contract_counts_if_the_contract_makes_a_test_of_it(self):
        self.write("core/contract/a.rs", f"/// {MARK}s 1 and 2.\npub(crate) fn is_a_test<S: Store>(open: S) {{\n}}\n\n/// {MARK} 1.\npub(crate) fn is_none(open: S) {{\n}}\n")
        self.write("core/contract/mod.rs", "for_store! {\n    $open;\n    a:\n    is_a_test;\n}\n")
        shown, faults = self.found()
        self.assertEqual(shown[1], ["is_a_test"])
        self.assertEqual(faults, [f"core/contract/a.rs:5: `{MARK} 1.` stands above no test"])

    def test_what_stands_above_no_test_is_a_fault(self):
        self.write("core/a.rs", f"/// {MARK}s 1 and 2.\n#[test]\nfn one() {{\n}}\n\n/// {MARK} 1.\nfn helper() {{\n}}\n\n/// {MARK} 1.\n\n#[test]\nfn two() {{\n}}\n")
        self.write("tests/b.py", f"# {MARK} 1.\ndef helper():\n")
        self.assertEqual(self.found()[1], [f"{place}: `{MARK} 1.` stands above no test" for place in ("core/a.rs:6", "core/a.rs:10", "tests/b.py:1")])

    def test_what_names_no_promise_is_a_fault(self):
        for numbers in (" 3.", " one.", " 1, 2.", "", " 1"):
            self.write("core/a.rs", f"/// {MARK}s 1 and 2.\n#[test]\nfn one() {{\n}}\n\n/// {MARK}{numbers}\n#[test]\nfn two() {{\n}}\n")
            self.assertEqual([fault.split(": ")[0] for fault in self.found()[1]], ["core/a.rs:6"], numbers)

    def test_a_promise_that_no_test_shows_is_a_fault(self):
        self.write("core/a.rs", f"/// {MARK} 1.\n#[test]\nfn one() {{\n}}\n")
        self.assertEqual(self.found()[1], ["docs/guarantees.md: no test shows promise 2, No echo, no loop"])

    def test_the_page_is_written_and_a_page_that_is_out_of_date_is_told(self):
        self.write("core/a.rs", f"/// {MARK}s 1 and 2.\n#[test]\nfn all_of_it_is_there() {{\n}}\n")
        self.assertEqual(self.run_it("--check"), 1)
        self.assertEqual(self.run_it(), 0)
        self.assertEqual(self.run_it("--check"), 0)
        page = (evidence.ROOT / "docs/evidence.md").read_text()
        self.assertIn("| [2. No echo, no loop](#2-no-echo-no-loop) | 1 | 1 |", page)
        self.assertIn("[`core/a.rs`](../core/a.rs)\n\n- All of it is there\n", page)

    def test_names_are_read_as_sentences(self):
        for name in ("what_waits_goes_out", "test_what_waits_goes_out", "whatWaitsGoesOut", "What_waits_goes_out", "what waits goes out"):
            self.assertEqual(evidence.sentence(name), "What waits goes out")
