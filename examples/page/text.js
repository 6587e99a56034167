// Texts: the addresses in them, what they are made of, and searching. It needs no page.

const ADDRESS = /https?:\/\/[^\s<>"«»]+/gi;
const CLOSES = { ")": "(", "]": "[" };

/** A text in pieces, every second of which is an address. */
export function pieces(text) {
  const found = [];
  let from = 0;
  for (const { 0: match, index } of text.matchAll(ADDRESS)) {
    const address = match.slice(0, endOf(match));
    if (address.endsWith("://") || index < from) continue;
    found.push(text.slice(from, index), address);
    from = index + address.length;
  }
  return [...found, text.slice(from)];
}

/** What ends the sentence is no part of an address; a bracket is, if it was opened in it. */
function endOf(address) {
  const { length } = address.split("://")[0];
  let end = address.length;
  while (end > length + 3) {
    const last = address[end - 1];
    const count = (sign) => address.slice(0, end).split(sign).length;
    const part = last in CLOSES ? count(CLOSES[last]) >= count(last) : !".,;:!?'’}*_".includes(last);
    if (part) break;
    end -= 1;
  }
  return end;
}

/** Letters as people count them, and servers: not as JavaScript does. */
export const lengthOf = (text) => [...text].length;

const EMOJI = /^(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\ufe0f\s]){1,12}$/u;
export const isEmoji = (text) => EMOJI.test(text);

const plain = (text) => text.toLocaleLowerCase("es").normalize("NFD").replace(/\p{M}/gu, "");

/** Whether it contains that, whatever its capitals and accents. */
export const contains = (text, query) => plain(text).includes(plain(query.trim()));

export const listing = (names) => new Intl.ListFormat("es").format(names);
export const initials = (name) => name.trim().split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toLocaleUpperCase("es");
