// What the demo prints: coloured on a terminal, plain anywhere else.

const colours = process.stdout.isTTY && !process.env.NO_COLOR;

function paint(code) {
  return (text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : String(text));
}

export const bold = paint("1");
export const faint = paint("2");
export const red = paint("31");
export const green = paint("32");
export const yellow = paint("33");
const cyan = paint("36");

/** Text on the left, with blanks up to the width; colours come after, so that they don't count. */
export const pad = (text, width) => text + " ".repeat(Math.max(0, width - [...text].length));

export const say = (line = "") => console.log(line);
export const chapter = (title) => say(`\n${bold(cyan(`▌ ${title}`))}`);
export const note = (line) => say(`  ${faint(line)}`);
export const command = (line) => say(`  ${faint("$")} ${line}`);
export const output = (text) => text.trimEnd().split("\n").forEach((line) => say(`    ${faint("│")} ${line}`));
