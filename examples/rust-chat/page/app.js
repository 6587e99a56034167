// The page's beginning: logging in. What it shows then is the page that the chats share.

import { start } from "/page/chat.js";
import { assignHues, avatar, hued } from "/page/colours.js";
import { $, h } from "/page/dom.js";
import { call, calls } from "/page/http.js";
import { connect } from "./websocket.js";

async function begin() {
  const { platform, users, me } = await call("/app/users");
  assignHues([platform]);
  hued(document.documentElement, platform);
  document.title = platform;
  if (me) return enter();
  $("login-platform").textContent = platform;
  $("login-users").replaceChildren(...users.map((user) =>
    h("button", { onclick: () => logIn({ id: user.id }) }, avatar(user.name, platform), user.name)));
  $("login").hidden = false;
}

async function logIn(who) {
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
  logIn({ name: $("login-name").value });
});

function enter() {
  $("login").remove();
  start({ transport: { ...calls("/app"), connect }, look: { icon: "/icon.svg", tabs: ["chats", "people"] } });
}

// The server may be about to come back.
begin().catch(() => setTimeout(() => location.reload(), 2000));
