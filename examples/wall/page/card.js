// What the strip shows of one platform, and its button.

import { h, put } from "./dom.js";
import { ago, standing, told, why } from "./words.js";

const figure = (label) => {
  const number = h("dd", {}, "–");
  return { number, row: h("div", {}, h("dt", {}, label), number) };
};

export class Card {
  #state;
  #act;
  #working = false;

  /** `act(what)` kills or revives it. */
  constructor(platform, act) {
    this.#act = act;
    this.word = h("strong");
    this.why = h("p", { className: "why" });
    this.told = h("q", { lang: "en" });
    this.says = h("p", { className: "told" });
    [this.waiting, this.dead, this.contact] = [figure("Esperando"), figure("No entregados"), figure("Contacto")];
    this.waiting.row.className = "waiting";
    this.dead.row.className = "dead";
    this.button = h("button", { onclick: () => this.#press() });
    this.element = h("section", { className: "card", "aria-label": `Estado de ${platform.name}` },
      h("p", { className: "state" }, h("span", { className: "dot" }), this.word),
      this.why, this.says,
      h("dl", {}, this.waiting.row, this.dead.row, this.contact.row),
      this.button);
    if (platform.absent) this.button.remove();
  }

  show(state, busy) {
    this.#state = state;
    const { kind, word } = standing(state);
    this.element.dataset.kind = kind;
    put(this.word, word);
    put(this.why, why(state));
    const said = told(state);
    this.says.hidden = !said;
    if (said && (this.told.textContent !== said.words || !this.says.textContent.startsWith(said.by))) {
      this.told.textContent = said.words;
      this.told.title = said.words;
      this.says.replaceChildren(`${said.by}: `, this.told);
    }
    const { figures } = state;
    this.#count(this.waiting, figures?.waiting);
    this.#count(this.dead, figures?.dead);
    this.tick();
    const down = kind === "down";
    this.button.className = down ? "revive" : "kill";
    put(this.button, down ? "Revivir" : "Matar (kill -9)");
    this.button.setAttribute("aria-label", down ? `Revivir ${state.name}` : `Matar ${state.name} con kill -9`);
    // A button that is disabled loses the focus: it stays where it is, and says why it does nothing.
    this.button.setAttribute("aria-disabled", String(this.#working || !!busy || state.process?.state === "starting"));
    this.button.title = busy ?? "";
  }

  /** Time goes by, also when nothing else happens. */
  tick() {
    const contact = this.#state?.figures?.contact;
    put(this.contact.number, contact ? ago(contact) : "–");
  }

  #count({ number, row }, value) {
    const text = value === undefined ? "–" : String(value);
    if (number.textContent === text) return;
    number.textContent = text;
    row.toggleAttribute("data-some", value > 0);
    number.getAnimations().forEach((a) => a.cancel());
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) number.animate([{ scale: 1.35 }, { scale: 1 }], { duration: 300, easing: "ease-out" });
  }

  async #press() {
    if (this.button.getAttribute("aria-disabled") === "true") return;
    this.#working = true;
    this.button.setAttribute("aria-disabled", "true");
    await this.#act(standing(this.#state).kind === "down" ? "revive" : "kill");
    this.#working = false;
    this.button.setAttribute("aria-disabled", "false");
  }
}
