// How a platform stands, in words.

/** `kind` is what the colours go by: up, late, down, absent. */
export function standing({ absent, process, figures }) {
  if (absent) return { kind: "absent", word: "No está" };
  if (process.state === "starting") return { kind: "late", word: "Arrancando" };
  if (process.state === "ended") return { kind: "down", word: "Caído" };
  if (figures?.down.length) return { kind: "late", word: "Volviendo" };
  return { kind: "up", word: "En marcha" };
}

/** Why it is so, as far as this machine knows. */
export function why({ absent, process, figures }) {
  if (absent) return "No se puede arrancar en esta máquina.";
  if (process.state === "starting") return "Su proceso arranca.";
  if (process.state === "ended") return `Su proceso terminó ${how(process)}.`;
  if (figures?.down.length) return `Ya arrancó; ${list(figures.down.map(({ by }) => by))} todavía no lo sabe${figures.down.length > 1 ? "n" : ""}.`;
  return `Proceso ${process.pid}.`;
}

function how({ signal, code }) {
  if (signal === "SIGKILL") return "por kill -9";
  return signal ? `por ${signal}` : `con código ${code}`;
}

/** What another node says of it, in that node's own words; empty if none does. */
export function told({ process, figures }) {
  const [first] = process?.state === "ended" ? (figures?.down.filter(({ why }) => why) ?? []) : [];
  return first ? { by: first.by, words: first.why } : null;
}

/** How long ago an instant was. */
export function ago(instant, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  if (seconds < 2) return "recién";
  if (seconds < 60) return `hace ${seconds} s`;
  return seconds < 3600 ? `hace ${Math.floor(seconds / 60)} min` : `hace ${Math.floor(seconds / 3600)} h`;
}

export const list = (names) => new Intl.ListFormat("es-AR").format(names);

/** What has changed, for those who don't see it; empty if nothing of interest has. */
export function news(before, now) {
  const [was, is] = [standing(before), standing(now)];
  if (was.kind !== is.kind && (is.kind === "down" || is.kind === "up")) return `${now.name}: ${is.word.toLowerCase()}.`;
  if (before.figures?.waiting && now.figures?.waiting === 0) return `${now.name} recibió todo lo que lo esperaba.`;
  return "";
}
