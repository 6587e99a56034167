// What the browser keeps over a reload, under a name of its own for each thing and person: so tabs don't overwrite what others
// keep.

export class Kept {
  #storage;
  #prefix;

  /** `storage`: the browser's localStorage; `kind`: what it is that is kept; `whose`: the platform and the person. */
  constructor(storage, kind, whose) {
    this.#storage = storage;
    this.#prefix = `chat/${whose}/${kind}/`;
  }

  /** Returns false if there is no room for it, or the browser keeps nothing. */
  put(name, value) {
    try {
      this.#storage.setItem(this.#prefix + name, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  get(name) {
    try {
      return JSON.parse(this.#storage.getItem(this.#prefix + name));
    } catch {
      return null;
    }
  }

  remove(name) {
    try {
      this.#storage.removeItem(this.#prefix + name);
    } catch {
      // Then there is nothing.
    }
  }

  names() {
    try {
      return Object.keys(this.#storage).filter((key) => key.startsWith(this.#prefix)).map((key) => key.slice(this.#prefix.length));
    } catch {
      return [];
    }
  }
}
