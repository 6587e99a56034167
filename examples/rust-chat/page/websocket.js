// The connection: a WebSocket that pushes JSON.

import { call } from "/page/http.js";

export function connect({ push, closed, refused }) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/app/ws`);
  socket.onmessage = (e) => push(JSON.parse(e.data));
  socket.onclose = async () => {
    // The browser doesn't say why a WebSocket was refused.
    const who = await call("/app/users").catch(() => null);
    if (who && !who.me) refused();
    else closed();
  };
  return () => socket.close();
}
