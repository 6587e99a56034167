// The page's beginning: logging in and out. What it shows then is in list.js and conversation.js, what keeps it up to date in
// connection.js.

import { $, assignHues, avatar, call, h, hued, icon, toast } from "./dom.js";
import { connect } from "./connection.js";
import { openNew, wireDialogs } from "./dialogs.js";
import { start } from "./list.js";
import { state } from "./state.js";

async function begin() {
  const { platform, users, me } = await call("/app/users");
  state.platform = platform;
  assignHues([platform]);
  hued(document.documentElement, platform);
  for (const element of document.querySelectorAll("[data-platform-name]")) element.textContent = platform;
  document.title = platform;
  if (me) return enter();
  $("app").hidden = true;
  $("login").hidden = false;
  $("login-users").replaceChildren(...users.map((user) =>
    h("button", { onclick: () => login({ id: user.id }) }, avatar(user.name, platform), user.name)));
}

async function login(who) {
  $("login-error").hidden = true;
  try {
    await call("/app/login", who);
    enter();
  } catch (e) {
    $("login-error").textContent = e.message;
    $("login-error").hidden = false;
  }
}

$("login-form").addEventListener("submit", (e) => {
  e.preventDefault();
  login({ name: $("login-name").value });
});

$("logout").addEventListener("click", async () => {
  await call("/app/logout", {}).catch(() => {});
  location.replace("/");
});

function enter() {
  $("login").hidden = true;
  $("app").hidden = false;
  connect();
}

$("new").addEventListener("click", () => openNew());
wireDialogs(start);

for (const [id, name] of [["logout", "leave"], ["back", "back"], ["attach", "attach"], ["send", "send"]]) $(id).append(icon(name));
begin().catch((e) => toast(e.message));
