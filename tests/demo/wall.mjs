// The wall of the demo: which chats it shows, and the browser that it opens in.

import { spawn } from "node:child_process";
import { serveWall } from "../../examples/wall/server.js";

const MADE = { RustChat: "Rust", BuasApp: "Python", GWT_CHAT: "Java", "net core": "C#", PlainChat: "sin la biblioteca" };
const BUSY = "La demo está conversando sola y corta algunos chats. Los botones andan cuando termina.";

export class DemoWall {
  #chats = new Map(); // by platform: { chat, service }
  #room = null;
  #busy = BUSY;

  /** `urls`: of each platform; one that is missing is named in `absent` with why, and what to do. */
  constructor(port, { urls, users, absent, stores, status }) {
    this.options = {
      port,
      platforms: Object.keys(MADE).map((name) => this.#platform(name, urls[name], users[name][0], absent[name])),
      stores: stores.map(([name, store]) => ({ name, command: status(store) })),
      room: () => this.#room?.name,
      busy: () => this.#busy,
    };
  }

  #platform(name, url, user, absent) {
    const of = () => this.#chats.get(name) ?? {};
    return {
      name, made: MADE[name], user, url, absent,
      process: () => of().service?.process ?? { state: "starting" },
      address: () => this.#room && of().chat?.address(user, this.#room.id),
      session: () => of().chat.session(user),
      kill: () => of().service.kill(),
      revive: () => of().service.start(),
    };
  }

  async open() {
    return (this.server = await serveWall(this.options));
  }

  close() {
    this.server?.close();
  }

  /** `chats`: pairs of a chat and the program that it is. */
  shows(chats) {
    for (const [chat, service] of chats) this.#chats.set(chat.name, { chat, service });
  }

  /** They all show this room from now on. */
  goTo(room) {
    this.#room = room;
  }

  /** Nobody but the viewer kills and revives from now on. */
  free() {
    this.#busy = null;
  }
}

/** Opens a page where there are eyes to see it; returns whether there seem to be. */
export function openInBrowser(url) {
  const [opener, able] = process.platform === "darwin" ? ["open", true] : ["xdg-open", process.env.DISPLAY || process.env.WAYLAND_DISPLAY];
  if (!able || !process.stdout.isTTY) return false;
  const child = spawn(opener, [url], { stdio: "ignore", detached: true });
  child.once("error", () => {});
  child.unref();
  return true;
}
