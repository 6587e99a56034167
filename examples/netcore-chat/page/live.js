// The connection: SignalR, whose client is on the page as `signalR`. The page keeps the connection itself, so the client does not
// reconnect; and it says nothing but that it is there.

/* global signalR */

import { call } from "/page/http.js";

export function connect({ push, closed, refused }) {
  const hub = new signalR.HubConnectionBuilder().withUrl("/app/hub").configureLogging(signalR.LogLevel.None).build();
  hub.on("push", push);
  hub.onclose(closed);
  hub.start().catch(async () => {
    // The client doesn't say why it was refused.
    const who = await call("/app/users").catch(() => null);
    if (who && !who.me) refused();
    else closed();
  });
  return () => void hub.stop();
}
