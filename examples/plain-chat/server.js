#!/usr/bin/env node
// A chat platform that does not use the library: the endpoints that its gateway calls, and posts to that gateway.
// Everything is kept in one file of JSON lines; a line is on disk before anybody is told that it is kept.

"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { parseArgs } = require("node:util");

const HELP = `Usage: node server.js --gateway URL --token TOKEN [options]

  --name NAME         this platform's name in the gateway's registry (default PlainChat)
  --listen HOST:PORT  where the page and the endpoints under /api/ are served (default 127.0.0.1:5003)
  --gateway URL       the node that hosts this platform (default http://127.0.0.1:5000/)
  --token TOKEN       the token that the gateway's registry has for it; or in the environment as PLAIN_CHAT_TOKEN
  --data FILE         where everything is kept (default plain-chat.jsonl)
  --users NAMES       whom a new file begins with (default Fabio,Gabriela)
  --supports KINDS    which changes of messages it knows, as \`supports\` in the gateway's registry says it;
                      an empty one: none (default edit,delete,reaction)
  --framed-by ORIGIN  the origin whose pages may show this one in a frame, such as http://127.0.0.1:4999 (default nobody's)`;

const text = (fallback) => ({ type: "string", default: fallback });
const { values: args } = parseArgs({ options: {
  name: text("PlainChat"), listen: text("127.0.0.1:5003"), gateway: text("http://127.0.0.1:5000/"), data: text("plain-chat.jsonl"),
  token: text(process.env.PLAIN_CHAT_TOKEN), users: text("Fabio,Gabriela"), supports: text("edit,delete,reaction"),
  "framed-by": text("'none'"), help: { type: "boolean" },
} });
if (args.help || !args.token) {
  console.log(args.help ? HELP : "--token is missing.\n\n" + HELP);
  process.exit(args.help ? 0 : 2);
}
if (!/^('none'|https?:\/\/[A-Za-z0-9.:[\]-]+)$/.test(args["framed-by"])) {
  console.log(`--framed-by ${args["framed-by"]} is no origin, such as http://127.0.0.1:4999.`);
  process.exit(2);
}
const POLICY = { "content-security-policy": `frame-ancestors ${args["framed-by"]}` };
const [, HOST, PORT] = /^\[?(.*?)\]?:(\d+)$/.exec(args.listen) ?? [];
const GATEWAY = args.gateway.replace(/\/?$/, "/");
const SUPPORTS = args.supports.split(",").filter(Boolean);

// ── What is known: the lines of the file, applied one after the other ────────────────────────────────────────────────

const people = new Map(); // "Norte:4" -> { id, name, platform, avatar }
const rooms = new Map(); // "Norte:7" -> { key, name, type, direct, members, banned, avatar, messages: in order }
const changes = new Map(); // "Norte/0193a3c4-…", which names a message, be it here or not yet -> what was said of it
const seen = new Set(); // what came from the gateway already: "Norte/0193a3c4-…", the latter its event id
const keys = new Set(); // of what was posted: a page that repeats a post has lost the answer
let queue = []; // what the gateway does not have yet
let lines = 0;

function apply(line) {
  lines += 1;
  if (line.seen) seen.add(line.seen);
  if (line.post) {
    queue.push(line.post);
    keys.add(line.post.key);
  }
  if (line.kind === "user") people.set(`${line.platform}:${line.id}`, { id: line.id, name: line.name, platform: line.platform, avatar: line.avatar });
  if (line.kind === "room") {
    const before = rooms.get(line.room);
    // A private chat of two, and begun as one: a group that has shrunk to two stays a group.
    const direct = line.type === "private" && (before?.direct ?? line.members.length === 2) && line.members.length <= 2;
    rooms.set(line.room, { messages: [], ...before, key: line.room, name: line.name, type: line.type, direct, members: line.members, banned: line.banned ?? [], avatar: line.avatar });
    // What is known by a message alone was not told yet; and lines of earlier versions don't say when they came.
    if (before?.told && line.at) notices(before, line).forEach((notice, n) => put(before.messages, { ...notice, id: `${lines}-${n}`, at: line.at, key: line.post?.key, place: line.seen?.split("/").at(-1) }));
    rooms.get(line.room).told = true;
  }
  if (line.kind === "message") {
    const event = line.seen?.split("/").at(-1);
    put(room(line.room).messages, { id: lines, sender: line.sender, text: line.text, at: line.at, reply: line.reply, state: line.post && "waiting", key: line.post?.key, event, place: event });
  }
  if (line.kind in changing) changing[line.kind](changesOf(line.of), line, line.seen?.split("/").at(-1) ?? LAST);
  if (line.kind === "posted") {
    const post = queue.find((p) => p.key === line.key);
    queue = queue.filter((p) => p !== post);
    const messages = post?.room ? room(post.room).messages : [];
    const message = messages.findLast((m) => m.key === line.key);
    // What has no event id (it was refused, or posted when gateways did not say it) stays after all that was there.
    const place = line.event ?? messages.findLast((m) => m.place !== undefined)?.place ?? "";
    if (message) put(messages, Object.assign(message, { state: line.why ? "refused" : "sent", why: line.why, event: line.event, place }));
    // What has happened to a room stands where its announcement does.
    const of = post?.path === "room" && room(`${post.body.roomOriginalPlatform ?? args.name}:${post.body.id}`).messages;
    for (const notice of of ? of.filter((m) => m.notice && m.key === line.key) : []) put(of, Object.assign(notice, { place: line.event ?? "" }));
    if (post?.of) changesOf(post.of).refused = line.why && { kind: post.path, sender: `${args.name}:${post.body.senderId}`, why: line.why };
  }
}

// Changes may come before the message, so they are kept beside it, and shown with it. Of what others say the greatest event id
// counts. What is said here comes in order, and counts at once.

const LAST = "~"; // after every event id

function changesOf(name) {
  if (!changes.has(name)) changes.set(name, { edits: new Map(), deleters: new Set(), reactions: new Map() });
  return changes.get(name);
}

const latest = (map, key, change) => { if (change.event >= (map.get(key)?.event ?? "")) map.set(key, change); };

const changing = {
  edit: ({ edits }, { sender, text }, event) => latest(edits, sender, { text, event }),
  delete: ({ deleters }, { sender }) => deleters.add(sender),
  reaction: ({ reactions }, { sender, emoji, on }, event) => latest(reactions, `${emoji} ${sender}`, { emoji, sender, on, event }),
};

/** What is another in a room now: each is a line among its messages, and no message. Who is barred has not left. */
function notices({ name, members, banned }, now) {
  const bars = now.banned ?? [];
  const lacking = (ids, others) => ids.filter((id) => !others.includes(id));
  const told = (notice) => (sender) => ({ notice, sender, text: "" });
  return [
    ...lacking(lacking(members, now.members), bars).map(told("left")), ...lacking(now.members, members).map(told("joined")),
    ...lacking(bars, banned).map(told("banned")), ...lacking(banned, bars).map(told("unbanned")),
    ...(name === now.name ? [] : [{ notice: "renamed", sender: "", text: now.name }]),
  ];
}

/** Puts a message where it belongs: by event id, which is the same order everywhere; what is not posted yet stands last. */
function put(messages, message) {
  const was = messages.lastIndexOf(message);
  if (was >= 0) messages.splice(was, 1);
  const later = (other) => message.place !== undefined && (other.place === undefined || other.place > message.place);
  messages.splice(messages.findLastIndex((other) => !later(other)) + 1, 0, message);
}

function room(key) {
  if (!rooms.has(key)) rooms.set(key, { key, name: key, type: "private", members: [], banned: [], messages: [] });
  return rooms.get(key);
}

if (fs.existsSync(args.data)) {
  const whole = fs.readFileSync(args.data, "utf8");
  // What a crash cut off was never acknowledged.
  const end = whole.lastIndexOf("\n") + 1;
  fs.truncateSync(args.data, Buffer.byteLength(whole.slice(0, end)));
  whole.slice(0, end).split("\n").filter(Boolean).forEach((line) => apply(JSON.parse(line)));
}
const file = fs.openSync(args.data, "a", 0o600);

function keep(line) {
  const before = fs.fstatSync(file).size;
  try {
    fs.writeSync(file, JSON.stringify(line) + "\n");
    fs.fsyncSync(file);
  } catch (e) {
    // Half a line of a full disk must not spoil the next one.
    fs.ftruncateSync(file, before);
    throw e;
  }
  apply(line);
  if (line.post) wake();
  pages.forEach((page) => page());
}

// ── What the gateway calls ───────────────────────────────────────────────────────────────────────────────────────────

/** Standard Webhooks: nobody but the gateway has the token. These lines are optional, and there is no reason to leave them out. */
function signed({ "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatures = "" }, body) {
  const mac = Buffer.from("v1," + crypto.createHmac("sha256", args.token).update(`${id}.${at}.`).update(body).digest("base64"));
  return Math.abs(Date.now() / 1000 - at) <= 300
    && signatures.split(" ").map((s) => Buffer.from(s)).some((s) => s.length === mac.length && crypto.timingSafeEqual(s, mac));
}

const members = (users) => users.flatMap((u) => Object.entries(u)).flatMap(([platform, ids]) => ids.map((id) => `${platform}:${id}`));

const sender = (b) => `${b.platform}:${b.senderId}`;

const endpoints = {
  user: (b) => ({ kind: "user", platform: b.platform, id: b.id, name: b.name, avatar: b.avatar }),
  room: (b) => ({ kind: "room", room: `${b.platform}:${b.id}`, name: b.name, type: b.type, members: members(b.users), avatar: b.avatar, at: new Date().toISOString() }),
  message: (b) => ({ kind: "message", room: `${b.roomOriginalPlatform}:${b.roomId}`, sender: sender(b), text: b.text, at: b.sentAt ?? new Date().toISOString(), reply: b.replyTo }),
  // The gateway calls these if `supports` in its registry says so.
  edit: (b) => ({ kind: "edit", of: `${b.platform}/${b.of}`, sender: sender(b), text: b.text }),
  delete: (b) => ({ kind: "delete", of: `${b.ofPlatform ?? b.platform}/${b.of}`, sender: sender(b) }),
  reaction: (b) => ({ kind: "reaction", of: `${b.ofPlatform ?? b.platform}/${b.of}`, sender: sender(b), emoji: b.emoji, on: !b.remove }),
};
for (const kind of Object.keys(changing)) if (!SUPPORTS.includes(kind)) delete endpoints[kind];

const STRANGER = [401, { status: 401, message: "the signature does not verify" }];

function listed(headers, raw) {
  return signed(headers, raw) ? [200, own().map(({ id, name }) => ({ id, name }))] : STRANGER;
}

function inbound(name, headers, raw) {
  if (!signed(headers, raw)) return STRANGER;
  const body = JSON.parse(raw);
  const id = `${body.platform}/${headers["webhook-id"]}`;
  // Sent again after an answer was lost: it is here already.
  if (!seen.has(id)) keep({ ...endpoints[name](body), seen: id });
  return [200, { status: 200, message: "ok" }];
}

// ── What goes to the gateway: in order, again and again until it is there, under a key by which it is taken once ─────

let wake = () => {};
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function post() {
  for (let tries = 0; ; ) {
    const [next] = queue;
    if (!next) {
      await new Promise((resolve) => (wake = resolve));
      continue;
    }
    const answer = await fetch(GATEWAY + next.path, {
      method: "POST", headers: { "content-type": "application/json", "idempotency-key": next.key },
      body: JSON.stringify({ ...next.body, token: args.token }), signal: AbortSignal.timeout(15_000),
    }).then(told).catch(() => ({ status: 503, headers: new Headers() }));
    // 404: we answered in a room faster than its announcement crossed the mesh. Of a change: the message is too old for the gateway.
    const later = answer.status >= 500 || [401, 408, 425, 429].includes(answer.status) || (answer.status === 404 && !next.of && tries < 10);
    if (later) {
      if (tries++ === 0) console.error(`the gateway answers ${answer.status} to ${next.path}: trying again`);
      await pause(Number(answer.headers.get("retry-after")) || Math.min(2 ** (tries - 1), 10) * 0.5);
      continue;
    }
    tries = 0;
    const why = answer.ok ? undefined : `${answer.status} ${answer.message ?? ""}`;
    keep({ kind: "posted", key: next.key, event: answer.id, why });
  }
}

/** An answer with what its body says. A good one that is cut off is none: posted again, it is the same event with the same id. */
async function told(answer) {
  const { message, id } = await answer.json().catch((e) => (answer.ok ? Promise.reject(e) : {}));
  return { ok: answer.ok, status: answer.status, headers: answer.headers, message, id };
}

// ── What the page does; whoever opens it says who they are, since this is a demonstration ────────────────────────────

const own = () => [...people.values()].filter((p) => p.platform === args.name);
const pages = new Set();
const LONGEST = 4_000; // letters
const FEW = 200; // messages of each room that a page gets; of the one that is open as many as it asks for

/** "Norte:7" -> ["Norte", 7]; ids are numbers or texts. */
function parts(key) {
  const [platform, id] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
  return [platform, /^\d{1,15}$/.test(id) ? Number(id) : id];
}

const mayRead = (me, r) => r?.type === "public" || r?.members.includes(me);

const nameOf = (m) => `${parts(m.sender)[0]}/${m.event}`;

/** A message with what was said of it. Who may edit it is who wrote it; who may delete it, also the platform whose room it is in. */
function current(m, r) {
  const said = m.event && changes.get(nameOf(m));
  if (!said) return m;
  if ([...said.deleters].some((who) => who === m.sender || parts(who)[0] === parts(r.key)[0])) return { ...m, text: "", deleted: true };
  const edit = said.edits.get(m.sender);
  const kinds = new Map([...said.reactions.values()].map(({ emoji }) => [emoji, []]));
  for (const { emoji, sender, on } of said.reactions.values()) if (on) kinds.get(emoji).push(sender);
  const reactions = [...kinds].map(([emoji, people]) => ({ emoji, people })).filter(({ people }) => people.length);
  return { ...m, text: edit?.text ?? m.text, edited: edit !== undefined, reactions };
}

/** All that somebody may see: of the room that is open this many messages. */
function state(me, open, count) {
  const unsent = new Set(queue.map((p) => p.of));
  const shown = (r) => {
    const byEvent = new Map(r.messages.map((m) => [m.event, m]));
    const quoted = (event) => (byEvent.has(event) ? current(byEvent.get(event), r) : {}); // what is not here, or in another room
    const refused = (m) => [m.event && changes.get(nameOf(m))?.refused].find((one) => one?.sender === me);
    const whole = (m) => ({ ...current(m, r), reply: m.reply && quoted(m.reply), changing: m.event && unsent.has(nameOf(m)), refused: refused(m) });
    const messages = r.messages.slice(-(r.key === open ? Math.max(count, FEW) : FEW)).map(whole);
    return { ...r, messages, more: messages.length < r.messages.length };
  };
  return { me, platform: args.name, supports: SUPPORTS, people: [...people.values()], rooms: [...rooms.values()].filter((r) => mayRead(me, r)).map(shown) };
}

const byPlatform = (ids) => ids.map(parts).map(([platform, user]) => ({ [platform]: [user] }));

/** A room as it is from now on: its origin is told all of it, the origin of another's those of its members that are ours. */
function setRoom({ room: key }, now) {
  const [origin, id] = parts(key);
  const { name, type, members, banned } = { ...rooms.get(key), ...now };
  const own = origin === args.name;
  const users = byPlatform(members.filter((m) => own || isOwn(m)));
  const body = { id, name, type, users, ...(own ? { banned: byPlatform(banned) } : { roomOriginalPlatform: origin }) };
  keep({ kind: "room", room: key, name, type, members, banned, at: new Date().toISOString(), post: { path: "room", key: crypto.randomUUID(), body } });
}

const isOwn = (id) => parts(id)[0] === args.name;

/**
 * What somebody may change of a room that they are in: of one of this platform all, of another's which people of this platform are in
 * it, and into private ones they let nobody.
 */
function may({ me, room: key }, { add = [], remove = [], name, ban = [], unban = [] }) {
  const r = rooms.get(key);
  if (!r || r.direct || !r.members.includes(me)) return false;
  if (isOwn(key)) return !ban.includes(me);
  return name === undefined && !ban.length && !unban.length && [...add, ...remove].every(isOwn) && (r.type === "public" || !add.length);
}

/** Who says something, and in which room, as the gateway takes it. */
function speaker({ me, room: key }) {
  const [platform, id] = parts(key);
  return { roomOriginalPlatform: platform, roomId: id, senderId: Number(me.split(":").pop()) };
}

/** The message with that id, if this person may say something of it: the gateway has it, and it is not deleted. */
function there({ me, room: key }, id) {
  const r = rooms.get(key);
  const message = mayRead(me, r) ? r.messages.findLast((m) => m.id === id && m.event) : undefined;
  if (!message || current(message, r).deleted) throw new TypeError("that message is not there");
  return message;
}

/** Changes a message, here and at the gateway: `line` is what is kept, `body` what is posted. */
function change(kind, wanted, line, body) {
  if (keys.has(wanted.key)) return;
  const message = there(wanted, wanted.id);
  if (!SUPPORTS.includes(kind) || (kind !== "reaction" && message.sender !== wanted.me)) throw new TypeError("this can't be done with it");
  const of = nameOf(message);
  const post = { path: kind, key: wanted.key ?? crypto.randomUUID(), room: wanted.room, of, body: { ...speaker(wanted), of: message.event, ...body } };
  if (kind === "reaction") post.body.ofPlatform = parts(message.sender)[0];
  keep({ kind, of, sender: wanted.me, ...line, post });
}

const isText = (text) => typeof text === "string" && text.trim() !== "" && [...text].length <= LONGEST;
const isEmoji = (emoji) => typeof emoji === "string" && emoji !== "" && Buffer.byteLength(emoji) <= 32;

const actions = {
  message(wanted) {
    const { me, room: key, text, reply, key: own } = wanted;
    if (!mayRead(me, rooms.get(key)) || !isText(text)) throw new TypeError("this can't be written there");
    if (keys.has(own)) return;
    const replyTo = reply === undefined ? undefined : there(wanted, reply).event;
    const body = { ...speaker(wanted), text, sentAt: new Date().toISOString(), replyTo };
    keep({ kind: "message", room: key, sender: me, text, at: body.sentAt, reply: replyTo, post: { path: "message", key: own ?? crypto.randomUUID(), room: key, body } });
  },
  edit(wanted) {
    if (!isText(wanted.text)) throw new TypeError("this can't be written there");
    change("edit", wanted, { text: wanted.text }, { text: wanted.text });
  },
  delete(wanted) {
    change("delete", wanted, {}, {});
  },
  reaction(wanted) {
    const { emoji, on } = wanted;
    if (!isEmoji(emoji)) throw new TypeError("no reaction");
    change("reaction", wanted, { emoji, on: !!on }, { emoji, remove: !on });
  },
  join(wanted) {
    const { type, members } = rooms.get(wanted.room);
    if (type !== "public") throw new TypeError("only public rooms are joined");
    if (!members.includes(wanted.me)) setRoom(wanted, { members: [...members, wanted.me] });
  },
  leave(wanted) {
    const { members } = rooms.get(wanted.room);
    if (members.includes(wanted.me)) setRoom(wanted, { members: members.filter((m) => m !== wanted.me) });
  },
  update(wanted) {
    const { add = [], remove = [], ban = [], unban = [] } = wanted;
    const named = wanted.name === undefined || (typeof wanted.name === "string" && wanted.name.trim() !== "" && [...wanted.name].length <= 80);
    if (!named || !may(wanted, wanted) || ![...add, ...ban].every((id) => people.has(id))) throw new TypeError("this can't be done with it");
    const { name, members, banned } = rooms.get(wanted.room);
    setRoom(wanted, {
      name: wanted.name?.trim() ?? name,
      members: [...new Set([...members, ...add])].filter((m) => !remove.includes(m) && !ban.includes(m)),
      banned: [...new Set([...banned, ...ban])].filter((m) => !unban.includes(m)),
    });
  },
  room({ me, name, type, members }) {
    const id = 1 + [...rooms.keys()].filter((k) => k.startsWith(`${args.name}:`)).length;
    const all = [...new Set([me, ...members])];
    const users = all.map((m) => people.get(m)).map((p) => ({ [p.platform]: [p.id] }));
    const body = { id, name, type, users };
    keep({ kind: "room", room: `${args.name}:${id}`, name, type, members: all, at: new Date().toISOString(), post: { path: "room", key: crypto.randomUUID(), body } });
    return { room: `${args.name}:${id}` };
  },
};

const PAGE = { "/": "page.html", "/page.js": "page.js", "/message.js": "message.js", "/people.js": "people.js", "/dom.js": "dom.js" };

/** Whether the page of another site asks, which could otherwise write in the name of whoever looks at it. */
const foreign = ({ origin, host }) => origin !== undefined && origin.split("://")[1] !== host;

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const answer = (status, body, type = "application/json") => response.writeHead(status, { "content-type": `${type}; charset=utf-8`, ...POLICY }).end(type.startsWith("text/") ? body : JSON.stringify(body));
  try {
    const chunks = [];
    let size = 0;
    for await (const chunk of request) {
      if ((size += chunk.length) > 2 << 20) return answer(413, { status: 413, message: "more than 2 MiB" });
      chunks.push(chunk);
    }
    const raw = Buffer.concat(chunks);
    const [, area, name] = /^\/(api|app)\/([a-z]+)$/.exec(url.pathname) ?? [];
    const page = PAGE[url.pathname];
    if (request.method === "GET" && page) return answer(200, fs.readFileSync(path.join(__dirname, page), "utf8"), page.endsWith(".js") ? "text/javascript" : "text/html");
    if (request.method === "GET" && area === "api" && name === "users") return answer(...listed(request.headers, raw));
    if (request.method === "POST" && area === "api" && Object.hasOwn(endpoints, name)) return answer(...inbound(name, request.headers, raw));
    if (area === "app" && foreign(request.headers)) return answer(403, { status: 403, message: "the page of another site" });
    if (request.method === "POST" && area === "app" && Object.hasOwn(actions, name)) return answer(200, actions[name](JSON.parse(raw)) ?? {});
    if (request.method === "GET" && area === "app" && name === "users") return answer(200, { platform: args.name, users: own() });
    if (request.method !== "GET" || area !== "app" || name !== "events") return answer(404, { status: 404, message: "no such path" });
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.write("retry: 500\n\n");
    const wanted = (name) => url.searchParams.get(name);
    const show = () => response.write(`data: ${JSON.stringify(state(wanted("me"), wanted("room"), Number(wanted("count"))))}\n\n`);
    pages.add(show);
    response.on("close", () => pages.delete(show));
    show();
  } catch (e) {
    const wrong = e instanceof SyntaxError || e instanceof TypeError;
    answer(wrong ? 400 : 503, { status: wrong ? 400 : 503, message: e.message });
  }
});

if (!own().length) {
  args.users.split(",").forEach((name, n) => {
    const user = { id: n + 1, name: name.trim() };
    keep({ kind: "user", platform: args.name, ...user, post: { path: "user", key: `user-${user.id}`, body: user } });
  });
}
post();
server.listen(Number(PORT), HOST, () => {
  console.log(`listening on http://${HOST}:${server.address().port}`);
  // A sign of life: what waits for us at the gateway comes now and not at its next try.
  fetch(GATEWAY + "ping", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ token: args.token }) }).catch(() => {});
});
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
