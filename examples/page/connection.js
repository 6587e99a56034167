// Keeping one connection: a fresh one whenever the last has ended. Each begins with all that there is (`hello`), so whatever was
// missed is made up for. A server may push what happens while it still reads all that; it is taken after it, and may be in it too.

const LONGEST = 5_000;

/** `connect` is the transport's. `push(event)` for what comes, `lost()` when it is gone for longer than a moment, `refused()` when the session has ended. */
export function stayConnected({ connect, push, lost, refused }) {
  let number = 0; // of the connection that counts: what others still say is not heard
  let hangUp = () => {};
  let tries = 0;
  let timer;

  function open() {
    clearTimeout(timer);
    end();
    const mine = number;
    const heard = (then) => (event) => { if (mine === number) then(event); };
    let early = []; // what came before `hello`
    hangUp = connect({
      push: heard((event) => {
        tries = 0;
        if (early && event.type !== "hello") return early.push(event);
        push(event);
        early?.forEach(push);
        early = null;
      }),
      closed: heard(again),
      refused: heard(() => {
        end();
        refused();
      }),
    });
  }

  function end() {
    number += 1;
    hangUp();
    hangUp = () => {};
  }

  function again() {
    end();
    tries += 1;
    if (tries > 1) lost();
    clearTimeout(timer);
    timer = setTimeout(open, Math.min(LONGEST, 125 * 2 ** tries));
  }

  window.addEventListener("online", () => {
    tries = 0;
    open();
  });
  // A connection whose network is gone may take minutes to notice it.
  window.addEventListener("offline", () => {
    tries = 1;
    again();
  });
  // What was frozen in the background, or restored by going back, may have a connection that is none.
  window.addEventListener("pageshow", (e) => { if (e.persisted) open(); });
  open();
}
