// Dates, as one writes them here.

const TIME = new Intl.DateTimeFormat("es-AR", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat("es-AR", { weekday: "long", day: "numeric", month: "long" });
const SHORT = new Intl.DateTimeFormat("es-AR", { day: "numeric", month: "short" });

/** A date of whatever form a platform writes; what is none counts as now. */
function date(text) {
  const found = new Date(text);
  return Number.isNaN(found.valueOf()) ? new Date() : found;
}

const midnight = (d) => new Date(d).setHours(0, 0, 0, 0);

export const sameDay = (one, other) => midnight(date(one)) === midnight(date(other));
export const time = (text) => TIME.format(date(text));
export const when = (text) => (midnight(date(text)) === midnight(new Date()) ? time(text) : SHORT.format(date(text)));

export function day(text) {
  const ago = Math.round((midnight(new Date()) - midnight(date(text))) / 86_400_000);
  return ["Hoy", "Ayer"][ago] ?? DAY.format(date(text));
}
