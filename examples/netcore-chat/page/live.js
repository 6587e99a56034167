// The connection: SignalR, whose client is on the page as `signalR`. The page keeps the connection itself, so the client does not
// reconnect; and it says nothing but that it is there.

/* global signalR */

const UNAUTHORIZED = 401;

export function connect({ push, closed, refused }) {
  const hub = new signalR.HubConnectionBuilder().withUrl("/app/hub").configureLogging(signalR.LogLevel.None).build();
  hub.on("push", push);
  hub.onclose(closed);
  hub.start().catch((e) => (e.statusCode === UNAUTHORIZED ? refused() : closed()));
  return () => void hub.stop();
}
