// One chat's own page, in a frame. It is loaded once, when its platform is up and somebody is logged in; after that it connects again by
// itself, as it does in a window of its own, and keeps what is half written.

import { h, put } from "./dom.js";
import { standing } from "./words.js";

const NARROWEST = 330; // pixels of the page in the frame; where there are fewer, it is made smaller

export class Frame {
  #entering = false;

  /** `enter()` logs in. */
  constructor(platform, n, enter) {
    this.enter = enter;
    this.frame = h("iframe", { title: `${platform.name}, como ${platform.user}` });
    this.note = h("p", { className: "note" });
    this.stage = h("div", { className: "stage" }, this.frame, this.note);
    this.element = h("article", { className: "chat", id: `chat-${n}` },
      h("header", {}, h("h3", {}, platform.name), h("p", {}, `${platform.made} · como ${platform.user}`)), this.stage);
    new ResizeObserver(() => this.#fit()).observe(this.stage);
  }

  #fit() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const scale = Math.min(1, width / NARROWEST) || 1;
    Object.assign(this.frame.style, { width: `${width / scale}px`, height: `${height / scale}px`, scale: String(scale) });
  }

  show(state) {
    const { kind } = standing(state);
    this.element.dataset.kind = kind;
    const loaded = this.frame.hasAttribute("src");
    this.note.hidden = loaded;
    put(this.note, state.absent ?? (kind === "down" ? "Está caído." : state.process.state === "running" ? "Todavía no hay conversación." : "Arrancando…"));
    if (!loaded && !this.#entering && state.address && state.process.state === "running") void this.#load(state.address);
  }

  async #load(address) {
    this.#entering = true;
    if (await this.enter()) {
      this.frame.src = address;
      this.note.hidden = true;
    }
    this.#entering = false;
  }
}
