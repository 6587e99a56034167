// The addresses in a text, counting its letters, and searching.

import assert from "node:assert/strict";
import { test } from "node:test";
import { contains, initials, isEmoji, lengthOf, pieces } from "../../examples/page/text.js";

const addresses = (text) => pieces(text).filter((_, n) => n % 2);

test("an address ends where its sentence goes on, and keeps the brackets that it opens", () => {
  for (const [text, ...expected] of [
    ["nada de nada"],
    ["mirá https://a.org/x.", "https://a.org/x"],
    ["(ver https://a.org/x)", "https://a.org/x"],
    ["https://es.wikipedia.org/wiki/Mate_(bebida)", "https://es.wikipedia.org/wiki/Mate_(bebida)"],
    ["(https://es.wikipedia.org/wiki/Mate_(bebida)).", "https://es.wikipedia.org/wiki/Mate_(bebida)"],
    ["https://a.org/[1] y http://b.org?", "https://a.org/[1]", "http://b.org"],
    ["«https://a.org/ñandú», dijo", "https://a.org/ñandú"],
    ["HTTPS://A.ORG/X!", "HTTPS://A.ORG/X"],
    ["https:// no es nada, http://) tampoco"],
    ["javascript:alert(1) ftp://a.org"],
    ["https://a.org/?q=1&r=2#s, https://a.org/?q=(1", "https://a.org/?q=1&r=2#s", "https://a.org/?q=(1"],
  ]) assert.deepEqual(addresses(text), expected, text);
});

test("the pieces of a text are the text, whatever is in it", () => {
  for (const text of ["", "https://a.org", " https://a.org https://b.org ", "a\nhttps://a.org\n\nb", "https://https://a.org", "http://a http://", "سلام https://a.org سلام"]) {
    assert.equal(pieces(text).join(""), text);
    assert.equal(pieces(text).length % 2, 1, "it begins and ends with text");
  }
});

test("letters are counted as servers count them", () => {
  assert.equal(lengthOf("ñandú 🧉"), 7);
});

test("what is nothing but a few emoji is shown big", () => {
  for (const text of ["🧉", "👏🏽", "👨‍👩‍👧", "🇦🇷", "❤️ 🎉"]) assert.ok(isEmoji(text), text);
  for (const text of ["a🧉", "12", "", "🎉".repeat(30)]) assert.ok(!isEmoji(text), text);
});

test("searching knows no capitals and no accents", () => {
  assert.ok(contains("Martínez Ñuñez", " martinez nu"));
  assert.ok(!contains("Ana", "Bruno"));
  assert.equal(initials("elena  martínez paz"), "EM");
});
