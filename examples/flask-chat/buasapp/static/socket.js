// The connection: Socket.IO, as much of it as this page needs: events that come, over a WebSocket (protocol 5 over Engine.IO 4).

const OPEN = "0", PING = "2", PONG = "3"; // of Engine.IO
const CONNECTED = "40", ENDED = "41", EVENT = "42", REFUSED = "44"; // of Socket.IO, inside its messages

export function connect({ push, closed, refused }) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/socket.io/?EIO=4&transport=websocket`);
  let silence;
  let patience = 60_000;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => socket.close(), patience);
  };
  heard();
  socket.onmessage = ({ data }) => {
    heard();
    if (data[0] === OPEN) {
      const { pingInterval, pingTimeout } = JSON.parse(data.slice(1));
      patience = pingInterval + pingTimeout;
      socket.send(CONNECTED);
    } else if (data === PING) socket.send(PONG);
    else if (data.startsWith(EVENT)) {
      const [type, event] = JSON.parse(data.slice(EVENT.length));
      push({ type, ...event });
    } else if (data.startsWith(REFUSED)) refused();
    else if (data.startsWith(ENDED)) socket.close();
  };
  socket.onclose = () => {
    clearTimeout(silence);
    closed();
  };
  return () => socket.close();
}
