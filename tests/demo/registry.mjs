// What the demo says in a registry file beyond what the command line does.

import { readFileSync, writeFileSync } from "node:fs";

/**
 * Says in the file what this platform, which has no node, is able to do: it shows neither pictures nor audio, which reach it as a line of
 * text, and the others' pages say so; it knows edits, deletes and reactions.
 */
export function declares(file, name) {
  const entries = JSON.parse(readFileSync(file, "utf8"));
  const entry = entries.find((e) => e.name === name);
  if (!entry) throw new Error(`${file} has no entry for ${name}`);
  Object.assign(entry, { supportImage: false, supportAudio: false, supports: ["edit", "delete", "reaction"] });
  writeFileSync(file, `${JSON.stringify(entries, null, 2)}\n`);
}
