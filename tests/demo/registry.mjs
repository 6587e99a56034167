// What the demo says in a registry file beyond what the command line does.

import { readFileSync, writeFileSync } from "node:fs";

/** Says in the file that this platform shows neither pictures nor audio: they reach it as a line of text, and the others' pages say so. */
export function showsTextOnly(file, name) {
  const entries = JSON.parse(readFileSync(file, "utf8"));
  const entry = entries.find((e) => e.name === name);
  if (!entry) throw new Error(`${file} has no entry for ${name}`);
  Object.assign(entry, { supportImage: false, supportAudio: false });
  writeFileSync(file, `${JSON.stringify(entries, null, 2)}\n`);
}
