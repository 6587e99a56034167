// The wall's server: its page, a feed of how the platforms stand, and what kills and revives them. No dependencies.
//
// It listens on this machine alone. Any page in the same browser could post to it, so a post must come from the wall's own page:
// by its `Host` and `Origin`, and by a token that only that page has.

import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Figures } from "./figures.js";

const HOST = "127.0.0.1";
const LOOKS = 250; // milliseconds between two looks at what the open pages have to be told
const BODY = 1 << 10;
const TYPES = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
const FILES = ["index.html", "wall.css", "icon.svg", "wall.js", "card.js", "frame.js", "words.js", "dom.js"];

/**
 * Serves the wall; returns its address and what ends it. `room()` is the name of the room that all of them show, if there is one yet;
 * `busy()` says who else kills and revives now, if anybody does. `stores` are `{ name, command }`: of each node what prints its status
 * again and again. What a platform is, README.md says.
 */
export async function serveWall({ port, platforms, stores, room, busy = () => null }) {
  const token = randomBytes(24).toString("base64url");
  const run = randomBytes(6).toString("hex");
  const figures = new Figures(stores);
  const pages = new Set();
  const own = `${HOST}:${port}`;

  const shown = () => JSON.stringify({
    run,
    room: room() ?? null,
    busy: busy(),
    platforms: platforms.map((p) => ({
      name: p.name, made: p.made, user: p.user, absent: p.absent ?? null,
      ...(p.absent ? {} : { process: p.process(), address: p.address() ?? null, figures: figures.of(p.name) }),
    })),
  });

  let last = "";
  const look = setInterval(() => {
    if (!pages.size) return;
    const now = shown();
    if (now === last) return;
    last = now;
    for (const page of pages) page.write(`data: ${now}\n\n`);
  }, LOOKS);

  const frames = platforms.filter((p) => !p.absent).map((p) => new URL(p.url).origin).join(" ");
  const headers = {
    "content-security-policy": `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src ${frames || "'none'"}; `
      + "frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer", "x-content-type-options": "nosniff", "cache-control": "no-store",
  };

  /** Whether it comes from the wall's own page. */
  function fromPage({ headers: { host, origin, "x-wall-token": given = "" } }) {
    const [a, b] = [Buffer.from(String(given)), Buffer.from(token)];
    return host === own && origin === `http://${own}` && a.length === b.length && timingSafeEqual(a, b);
  }

  const actions = {
    /** The cookie of a session, so that the page's frame is logged in: browsers keep cookies by host, whatever the port. */
    async enter(platform) {
      const session = await platform.session();
      return session ? { "set-cookie": `${session}; Path=/; HttpOnly; SameSite=Strict` } : {};
    },
    async kill(platform) {
      if (busy()) throw new Refused(busy());
      if (platform.process().state === "ended") throw new Refused(`${platform.name} ya está caído.`);
      await platform.kill();
    },
    async revive(platform) {
      if (busy()) throw new Refused(busy());
      if (platform.process().state !== "ended") throw new Refused(`${platform.name} ya está en marcha.`);
      await platform.revive();
    },
  };

  async function act(request, answer, name) {
    if (!fromPage(request)) return answer(403, { error: "Solo la página del mural puede pedir esto." });
    const { platform: wanted } = JSON.parse(await body(request));
    const platform = platforms.find((p) => p.name === wanted && !p.absent);
    if (!platform) return answer(404, { error: "Esa plataforma no está en el mural." });
    return answer(200, {}, await actions[name](platform));
  }

  const server = createServer(async (request, response) => {
    const answer = (status, what, more) => response.writeHead(status, { ...headers, "content-type": "application/json; charset=utf-8", ...more }).end(JSON.stringify(what));
    try {
      // Under another name it is somebody else's page that reads it.
      if (request.headers.host !== own) return answer(421, { error: `Esto es http://${own}/` });
      const path = new URL(request.url, `http://${own}`).pathname;
      const name = path.slice(1);
      if (request.method === "POST" && Object.hasOwn(actions, name)) return await act(request, answer, name);
      if (request.method !== "GET") return answer(405, { error: "Acá no hay nada que hacer así." });
      if (path === "/feed") return feed(response);
      const file = path === "/" ? "index.html" : name;
      if (!FILES.includes(file)) return answer(404, { error: "Acá no hay nada." });
      const text = readFileSync(join(import.meta.dirname, "page", file), "utf8").replace("%TOKEN%", token).replace("%RUN%", run);
      response.writeHead(200, { ...headers, "content-type": `${TYPES[file.split(".").at(-1)]}; charset=utf-8` }).end(text);
    } catch (e) {
      const status = e instanceof SyntaxError ? 400 : e instanceof Refused ? 409 : 500;
      answer(status, { error: e.message });
    }
  });

  function feed(response) {
    response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
    response.write(`retry: 1000\n\ndata: ${shown()}\n\n`);
    pages.add(response);
    figures.look();
    response.on("close", () => {
      pages.delete(response);
      if (!pages.size) figures.rest();
    });
  }

  await new Promise((resolve, reject) => server.once("error", reject).listen(port, HOST, resolve));
  return {
    url: `http://${own}/`,
    close() {
      clearInterval(look);
      figures.rest();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** It can't be done now, and the message says why. */
class Refused extends Error {}

async function body(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    if ((size += part.length) > BODY) throw new SyntaxError("more than a name");
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
