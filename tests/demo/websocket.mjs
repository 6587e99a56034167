// A WebSocket that listens and says little (RFC 6455), since Node.js has one of its own only from version 22 on.

import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/**
 * Connects; `onText(text, say)` gets each message and may say something short in return, `onClose` is called once when the connection has ended. Returns
 * a function that ends it. `greeting`, if there is one, is said first.
 */
export function listen(url, headers, onText, onClose, greeting) {
  return new Promise((resolve, reject) => {
    const key = randomBytes(16).toString("base64");
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    const asked = request(url, {
      headers: { ...headers, Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key },
    });
    asked.once("error", reject);
    asked.once("response", (answer) => reject(new Error(`${url} answered ${answer.statusCode} to a WebSocket`)));
    asked.once("upgrade", (answer, socket, head) => {
      if (answer.headers["sec-websocket-accept"] !== accept) return reject(new Error(`${url} is no WebSocket`));
      const say = (text) => socket.write(frame(TEXT, Buffer.from(text)));
      const frames = new Frames((text) => onText(text, say), (payload) => socket.write(frame(PONG, payload)));
      socket.on("data", (data) => frames.take(data) || socket.end());
      socket.on("error", () => {});
      socket.once("close", onClose);
      if (greeting) say(greeting);
      if (head.length > 0) frames.take(head);
      resolve(() => socket.destroy());
    });
    asked.end();
  });
}

/** What comes in pieces, put together again. */
class Frames {
  #buffer = Buffer.alloc(0);
  #text = [];

  constructor(onText, onPing) {
    Object.assign(this, { onText, onPing });
  }

  /** Returns false once the other side closes. */
  take(data) {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    for (;;) {
      const buffer = this.#buffer;
      if (buffer.length < 2) return true;
      let [length, at] = [buffer[1] & 0x7f, 2];
      if (length === 126) {
        if (buffer.length < 4) return true;
        [length, at] = [buffer.readUInt16BE(2), 4];
      } else if (length === 127) {
        if (buffer.length < 10) return true;
        [length, at] = [Number(buffer.readBigUInt64BE(2)), 10];
      }
      if (buffer.length < at + length) return true;
      const payload = buffer.subarray(at, at + length);
      this.#buffer = buffer.subarray(at + length);
      const [last, kind] = [(buffer[0] & 0x80) !== 0, buffer[0] & 0x0f];
      if (kind === CLOSE) return false;
      if (kind === PING) this.onPing(payload);
      if (kind <= TEXT) {
        this.#text.push(payload);
        if (last) this.onText(Buffer.concat(this.#text.splice(0)).toString());
      }
    }
  }
}

/** A short frame of ours; clients must mask what they send. */
function frame(kind, payload) {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((byte, i) => byte ^ mask[i % 4]));
  return Buffer.concat([Buffer.from([0x80 | kind, 0x80 | payload.length]), mask, masked]);
}
