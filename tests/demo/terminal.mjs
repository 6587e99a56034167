// What can be typed while the demo stays open: stopping and starting one of its programs, and how all stand.

import { createInterface } from "node:readline";
import { faint, green, output, pad, red, say, yellow } from "./narrate.mjs";

export const HELP = "stop NAME, start NAME (as stop BuasApp), status, help";

/** Does what each line of `input` says, one after the other. `services` are the programs, `status` returns what the standalone node says of all. */
export function obey(input, services, status) {
  const find = (name) => {
    const found = services.find((service) => service.name.toLowerCase() === name?.toLowerCase());
    if (!found) throw new Error(`${name ? `there is no «${name}»` : "which one?"}: they are ${services.map((s) => s.name).join(", ")}`);
    return found;
  };
  const actions = {
    async stop(name) {
      const service = find(name);
      if (!service.isRunning) throw new Error(`${service.name} is stopped already`);
      const clean = await service.stop();
      say(`  ${yellow(`✗ ${service.name} is stopped`)}${clean ? "" : red(", and did not end cleanly")}${faint(`: write to it from another page, then start ${service.name}`)}`);
    },
    async start(name) {
      const service = find(name);
      if (service.isRunning) throw new Error(`${service.name} is running already`);
      await service.start();
      say(`  ${green(`✓ ${service.name} is running again`)}, process ${service.child.pid}`);
    },
    async status() {
      for (const { name, isRunning } of services) say(`  ${pad(name, 10)} ${isRunning ? green("running") : yellow("stopped")}`);
      say(`  ${faint("what the standalone node knows of them, each since it last tried:")}`);
      output(await status());
    },
    help: () => say(`  ${HELP}, Ctrl-C`),
  };
  let turn = Promise.resolve();
  createInterface({ input }).on("line", (line) => {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (!word) return;
    const action = Object.hasOwn(actions, word.toLowerCase()) ? actions[word.toLowerCase()] : () => { throw new Error(`«${word}» is no command: ${HELP}`); };
    turn = turn.then(() => action(rest.join(" ") || undefined)).catch((error) => say(`  ${red("error:")} ${error.message}`));
  });
}
