// The conversation: what is said where, and what happens meanwhile. All that a chat acknowledged goes into the ledger, by which
// verify.mjs counts.

import { setTimeout as sleep } from "node:timers/promises";
import { bold, chapter, command, faint, green, note, output, pad, red, say, yellow } from "./narrate.mjs";
import { run } from "./processes.mjs";

/** Milliseconds within which a node that has something for a platform finds that it is down. */
const NOTICES = 15_000;

export class Story {
  /** What was acknowledged, in order: { chat, room, text }. */
  ledger = [];
  rooms = [];

  /**
   * `gwt` is missing where there is no Java, `net` where there is no .NET. `linger`: milliseconds that one who was killed stays down at
   * least. `everywhere(room)` is told of the room that spans all platforms.
   */
  constructor({ rust, ronda, buas, gwt, net, plain, rondaService, buasService, gwtService, netService, status, linger, everywhere }) {
    Object.assign(this, { rust, ronda, buas, gwt, net, plain, rondaService, buasService, gwtService, netService, status, linger, everywhere });
    this.chats = [rust, ronda, buas, gwt, net, plain].filter(Boolean);
  }

  async tell() {
    await this.introductions();
    await this.privateChat();
    await this.betweenLanguages();
    await this.group();
    await this.outage();
    await this.outageOfBuasApp();
    if (this.gwt) await this.outageOfGwtChat();
    if (this.net) await this.outageOfNetCore();
  }

  /** Writes a message, waits until it is at every platform of its room that is up, and prints how long that took. */
  async says(chat, user, room, text) {
    const begin = performance.now();
    await chat.write(user, room.id, text);
    this.ledger.push({ chat, room, text });
    const others = room.chats.filter((other) => other !== chat);
    const marks = await Promise.all(
      others.map(async (other) => {
        if (!other.up) return yellow(`◷ ${other.name} is down`);
        const at = await other.arrival(room.id, text, 10_000);
        if (at !== undefined) return green(`✓ ${other.name} ${Math.max(0, at - begin).toFixed(0)} ms`);
        return other.up ? red(`✗ ${other.name}: not within 10 s`) : yellow(`◷ ${other.name} went down`);
      }),
    );
    say(`  ${bold(pad(user, 9))} ${faint(pad(chat.name, 9))}  ${pad(text, 48)}  ${marks.join("  ")}`);
  }

  async introductions() {
    chapter("The platforms tell each other who their users are");
    const everybody = this.chats.flatMap((chat) => chat.users.map((user) => [chat, user]));
    for (const chat of this.chats) {
      await chat.until("everybody is known", () => everybody.every(([of, user]) => of.id(user) && chat.people.has(of.id(user))));
      const others = [...chat.people.values()].filter((p) => p.platform !== chat.name);
      note(`${pad(chat.name, 9)} knows ${others.map((p) => `${p.name} (${p.platform})`).join(", ")}`);
    }
  }

  async room(owner, user, name, members) {
    const chats = [...new Set([owner, ...members.map(([chat]) => chat)])];
    const id = await owner.create(user, name, members.map(([chat, member]) => chat.id(member)));
    await Promise.all(chats.map((chat) => chat.until(`the room ${name}`, () => chat.rooms.has(id))));
    const room = { id, name, chats };
    this.rooms.push(room);
    return room;
  }

  async privateChat() {
    const { rust, ronda } = this;
    chapter("A private chat: Ana of RustChat and Carla of Ronda");
    const room = (this.private = await this.room(rust, "Ana", "Ana y Carla", [[ronda, "Carla"]]));
    await this.says(rust, "Ana", room, "¡Hola, Carla! ¿Se lee desde ahí?");
    await this.says(ronda, "Carla", room, "¡Ana! Sí, y eso que esta es otra aplicación.");
    await this.says(rust, "Ana", room, "Cada una en su casa y hablamos igual.");
    await this.says(ronda, "Carla", room, "¿Armamos un asado el sábado?");
    await this.says(rust, "Ana", room, "Hago un grupo con todos.");
  }

  async betweenLanguages() {
    const { rust, buas } = this;
    chapter("Another one, between Python and Rust: Marcelo of BuasApp and Ana of RustChat");
    const room = (this.pair = await this.room(buas, "Marcelo", "Marcelo y Ana", [[rust, "Ana"]]));
    await this.says(buas, "Marcelo", room, "¡Buenas, Ana! ¿Cómo anda tu ñandú? 🪶");
    await this.says(rust, "Ana", room, "Más gordo que el año pasado 😂 ¿Venís el sábado?");
    await this.says(buas, "Marcelo", room, "Voy con Julieta, y llevamos el mate 🧉");
    if (this.gwt) await this.javaAndPython();
    if (this.net) await this.csharpAndRust();
  }

  async javaAndPython() {
    const { buas } = this;
    chapter("And one between Java and Python: Sofía of GWT_CHAT and Julieta of BuasApp");
    const other = (this.javaPair = await this.room(this.gwt, "Sofía", "Sofía y Julieta", [[buas, "Julieta"]]));
    await this.says(this.gwt, "Sofía", other, "Juli, ¿vos también vas al asado?");
    await this.says(buas, "Julieta", other, "¡Obvio! Traé a Tomás 💃");
    await this.says(this.gwt, "Sofía", other, "Ya le dije. Llevamos empanadas.");
  }

  async csharpAndRust() {
    const { net, ronda } = this;
    chapter("And one between C# and Rust: Lucía of net core and Diego of Ronda");
    const room = (this.csharpPair = await this.room(net, "Lucía", "Lucía y Diego", [[ronda, "Diego"]]));
    await this.says(net, "Lucía", room, "Diego, ¿cómo va a estar el cielo el sábado? ⛅");
    await this.says(ronda, "Diego", room, "Despejado, dicen.");
    await this.says(net, "Lucía", room, "Entonces llevo las reposeras.");
  }

  async group() {
    const { rust, ronda, buas, gwt, net, plain } = this;
    chapter("A group over all platforms; PlainChat doesn't have the library, the standalone node speaks for it");
    const members = [[rust, "Bruno"], [ronda, "Carla"], [ronda, "Diego"], [buas, "Marcelo"], [buas, "Julieta"], [plain, "Fabio"], [plain, "Gabriela"]];
    if (gwt) members.push([gwt, "Sofía"], [gwt, "Tomás"]);
    if (net) members.push([net, "Lucía"], [net, "Mateo"]);
    const room = (this.asado = await this.room(rust, "Ana", "Asado del sábado", members));
    this.everywhere(room);
    await this.says(rust, "Ana", room, "¿Quién viene el sábado?");
    await this.says(ronda, "Diego", room, "Yo, y llevo el carbón.");
    await this.says(plain, "Fabio", room, "Contá conmigo. ¿A qué hora?");
    await this.says(rust, "Bruno", room, "A las nueve. Ensaladas, ¿alguien?");
    await this.says(plain, "Gabriela", room, "Yo hago dos ensaladas.");
    await this.says(buas, "Julieta", room, "Nosotros, el mate y las facturas 🥐");
    if (gwt) await this.says(gwt, "Tomás", room, "Y nosotros las empanadas 🥟");
    if (net) await this.says(net, "Mateo", room, "Y nosotros las reposeras y el sol ☀️");
    await this.says(ronda, "Carla", room, "Y yo el postre: flan con dulce de leche.");
  }

  async outage() {
    const { rust, ronda, buas, gwt, net, plain, asado } = this;
    chapter("kill -9 of Ronda while all of them write");
    const written = (chat, user, lines) => this.inTurn(chat, user, asado, lines);
    const busy = [
      written(rust, "Bruno", ["¿Quién lleva hielo?", "Dos bolsas, por lo menos.", "Y vasos.", "Yo paso por el súper.", "¿Falta algo más?", "Servilletas, ya sé."]),
      written(plain, "Fabio", ["Hielo llevo yo.", "También soda.", "Y la guitarra.", "Si llueve, en casa de mi hermana.", "Tiene techo.", "Y parrilla."]),
      written(buas, "Marcelo", ["Marcelo anota: hielo.", "Anota: vasos.", "Anota: servilletas.", "Listo el listado 📋"]),
      gwt && written(gwt, "Sofía", ["¿De carne o de humita?", "Bueno, mitad y mitad.", "Tomás ya está amasando."]),
      net && written(net, "Mateo", ["Son ocho reposeras.", "Nueve, apareció otra.", "Las cargo en la camioneta."]),
      // Carla's page gets no answer when her chat dies, and sends again, under the same key, until it does.
      written(ronda, "Carla", ["El flan ya está en la heladera.", "Hice dos, por las dudas.", "Uno es sin azúcar.", "Me estoy quedando sin señal…"]),
    ];
    await ronda.arrival(asado.id, "Hice dos, por las dudas.");
    await this.rondaService.kill();
    ronda.wentDown();
    say(`  ${red("✗ Ronda is gone")}${faint(": its process was killed, nothing could be written or said goodbye")}`);
    await Promise.all(busy.slice(0, -1));
    await this.says(rust, "Ana", asado, "Carla no contesta, ¿se le habrá cortado la luz?");
    await this.says(rust, "Ana", this.private, "Carla, ¿estás ahí?");
    await this.says(rust, "Ana", this.private, "Cuando vuelvas lo lees todo.");
    await this.says(plain, "Gabriela", asado, "Ya volverá. Guardémosle un choripán.");

    await this.noticed("Ronda");
    note("What waits is on disk. The standalone node says so too:");
    command(this.status.map((part) => (part.includes(" ") ? `'${part}'` : part)).join(" ").replace(/^\S*\//, ""));
    output(await run(...this.status));

    chapter("Ronda is started again");
    await sleep(500);
    await this.back(ronda, this.rondaService, busy.at(-1));
    await this.says(ronda, "Carla", asado, "¡Volví! Se cortó la luz, pero leí todo.");
    await this.says(ronda, "Carla", this.private, "Aquí estoy, Ana. Nos vemos el sábado.");
    await this.says(plain, "Fabio", asado, "¡Grande, Carla!");
  }

  /** Waits until the standalone node knows that a platform is down: it learns so at its next try, not at the moment of the kill. */
  async noticed(name) {
    const end = Date.now() + NOTICES;
    for (;;) {
      const { platforms } = JSON.parse(await run(...this.status, "--json"));
      if (platforms.find((p) => p.name === name)?.up === false) return;
      if (Date.now() > end) return note(`(the standalone node has not tried ${name} since: it shows it as it was at its last contact)`);
      await sleep(200);
    }
  }

  async outageOfBuasApp() {
    const { rust, buas, buasService, plain, asado, pair } = this;
    chapter("kill -9 of BuasApp, with its gunicorn and all");
    await buasService.kill();
    buas.wentDown();
    say(`  ${red("✗ BuasApp is gone")}`);
    await this.says(rust, "Ana", pair, "¿Marcelo?");
    await this.says(plain, "Fabio", asado, "Ahora se cortó en lo de Marcelo.");
    await this.says(rust, "Ana", pair, "Traé también la pava 🫖");
    await this.back(buas, buasService);
    await this.says(buas, "Marcelo", pair, "Acá estoy. La pava va.");
    await this.says(buas, "Julieta", asado, "Volvimos. ¡Hasta el sábado! 👋🏽");
  }

  async outageOfGwtChat() {
    const { buas, gwt, gwtService, plain, asado, javaPair } = this;
    chapter("kill -9 of GWT_CHAT, with its JVM and all");
    await gwtService.kill();
    gwt.wentDown();
    say(`  ${red("✗ GWT_CHAT is gone")}`);
    await this.says(buas, "Julieta", javaPair, "¿Cuántas empanadas son?");
    await this.says(plain, "Gabriela", asado, "Se ve que a Sofía se le quemó algo.");
    await this.back(gwt, gwtService);
    await this.says(gwt, "Sofía", javaPair, "Tres docenas. ¡Y no se quemó nada!");
    await this.says(gwt, "Tomás", asado, "¡Hasta el sábado! 🔥");
  }

  async outageOfNetCore() {
    const { ronda, net, netService, plain, asado, csharpPair } = this;
    chapter("kill -9 of net core, in the middle of what its journal takes");
    const busy = this.inTurn(net, "Mateo", asado, ["Cuento las reposeras:", "una,", "dos,", "tres,", "cuatro…"]);
    await ronda.arrival(asado.id, "dos,");
    await netService.kill();
    net.wentDown();
    say(`  ${red("✗ net core is gone")}`);
    await this.says(ronda, "Diego", csharpPair, "Lucía, ¿se nubló?");
    await this.says(plain, "Fabio", asado, "¿Y las otras reposeras?");
    await this.back(net, netService, busy);
    await this.says(net, "Lucía", csharpPair, "Un chaparrón, nada más. Ya salió el sol.");
    await this.says(net, "Mateo", asado, "Están las nueve. ¡Hasta el sábado! ⛱️");
  }

  /** Starts a chat again that was killed, and waits until it has all that it missed; `rest` is what it was at. */
  async back(chat, service, rest) {
    await sleep(this.linger);
    await service.start();
    const begin = performance.now();
    await chat.open();
    await rest;
    const missed = this.ledger.filter((entry) => entry.chat !== chat && entry.room.chats.includes(chat));
    await this.allThere(missed, chat);
    say(`  ${green(`✓ ${chat.name} has all that it missed`)}, ${(performance.now() - begin).toFixed(0)} ms after its page answered again`);
  }

  /** One after the other, as a person types; all of them, whatever happens to the chat meanwhile. */
  async inTurn(chat, user, room, lines) {
    for (const text of lines) {
      await this.says(chat, user, room, text);
      await sleep(60);
    }
  }

  /** Waits until these are at that platform, or the time is up: the verdict is the verification's. */
  async allThere(entries, chat) {
    await Promise.all(entries.map(({ room, text }) => chat.arrival(room.id, text)));
  }
}
