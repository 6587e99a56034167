"""Tests of the check of links: `python3 -m unittest tests/links_test.py`."""

import importlib.machinery
import importlib.util
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("links", str(Path(__file__).resolve().parent / "links"))
links = importlib.util.module_from_spec(importlib.util.spec_from_loader("links", loader))
loader.exec_module(links)


class Links(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        links.ROOT = Path(folder.name).resolve()
        (links.ROOT / "there.md").write_text("# `GET users`, and *more*\n\n## Twice\n\n## Twice\n\n```sh\n# no heading\n```\n")

    def faults(self, text):
        page = links.ROOT / "page.md"
        page.write_text(text)
        return [fault.partition(": ")[2] for fault in links.wrong_links(page)[0]]

    def test_what_is_there_is_right(self):
        text = "# Here\n\n[a](there.md) [b](there.md#get-users-and-more) [c](#here) [d](there.md#twice-1)\n[e](https://example.org/nothing) [`f`](there.md)\n"
        self.assertEqual(self.faults(text), [])

    def test_a_file_a_heading_and_an_image_that_are_not_there_are_named(self):
        text = "[a](gone.md)\n[b](there.md#gone)\n![c](gone.svg)\n[d](#gone)\n[e](there.md#twice-2)\n[f](there.md#no-heading)\n"
        self.assertEqual([fault.split(": ")[0] for fault in self.faults(text)], ["gone.md", "there.md#gone", "gone.svg", "#gone", "there.md#twice-2", "there.md#no-heading"])

    def test_a_link_that_goes_on_in_the_next_line_is_looked_at(self):
        self.assertEqual(len(self.faults("see [what\nis gone](gone.md)\n")), 1)

    def test_what_leads_out_of_the_project_is_wrong(self):
        self.assertEqual(len(self.faults("[a](../../etc/passwd)\n")), 1)

    def test_code_holds_no_links(self):
        self.assertEqual(self.faults("`[a](gone.md)`\n\n```\n[b](gone.md)\n```\n"), [])

    def test_a_test_that_is_named_and_not_there_is_found(self):
        (links.ROOT / "some.rs").write_text("fn this_is_so() {}\n")
        page = links.ROOT / "page.md"
        page.write_text("| `some.rs` | `this_is_so`, `this_is` |\n| `gone.rs` | `that` |\n")
        self.assertEqual([fault.split(": ")[1] for fault in links.wrong_tests(page)], ["some.rs has no test this_is", "gone.rs has no test that"])
