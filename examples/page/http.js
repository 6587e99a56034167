// The calls of the page over HTTP, for a server that answers these paths.

const PATIENCE = 30_000;

/** The transport but for `connect`; `base` is what the paths begin with. */
export function calls(base) {
  const of = (id, what) => `${base}/conversations/${encodeURIComponent(id)}/${what}`;
  return {
    messages: (id, before) => call(of(id, "messages") + (before === undefined ? "" : `?before=${before}`)),
    write: (id, post) => call(of(id, "messages"), post),
    change: (id, change) => call(of(id, "changes"), change),
    create: (wanted) => call(`${base}/conversations`, wanted),
    join: (id) => call(of(id, "join"), {}),
    leave: (id) => call(of(id, "leave"), {}),
    update: (id, what) => call(of(id, "update"), what),
    read: (id) => call(of(id, "read"), {}),
    logout: () => call(`${base}/logout`, {}),
    login: "/",
  };
}

/** One call. What fails is an Error whose message can be shown; `passing` if trying again may help, `out` if the session has ended. */
export async function call(path, body) {
  const post = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, { ...post, signal: AbortSignal.timeout(PATIENCE) }).catch(() => {
    throw Object.assign(new Error("No hay conexión con el chat."), { passing: true });
  });
  const json = await answer.json().catch(() => null);
  // An answer that is cut off is none.
  if (answer.ok && json) return json;
  const error = new Error(json?.error ?? "Algo salió mal. Probá de nuevo.");
  throw Object.assign(error, { out: answer.status === 401, passing: answer.ok || answer.status >= 500 || [408, 425, 429].includes(answer.status) });
}
