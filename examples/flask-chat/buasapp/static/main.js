// The page of somebody who is logged in: the page that the chats share.

import { start } from "/page/chat.js";
import { calls } from "/page/http.js";
import { connect } from "./socket.js";

start({
  transport: { ...calls("/app"), connect, login: "/login" },
  look: {
    icon: "/static/icon.svg",
    tabs: ["chats", "rooms", "people"],
    motto: { title: "¿Con quién hablamos hoy?", text: "Elegí un chat, o escribile a alguien de cualquier plataforma." },
  },
});
