import { hash } from 'node:crypto';

/**
 * The bytes of an answer, and what has been made of them. Callers of a cached answer share one payload, so what is
 * computed once (parsing, a hash, another view) serves all of them; nobody may change what `json` gives.
 */
export class Payload {
  #json: unknown;
  #etag: string | undefined;
  #views: Map<string, Payload> | undefined;

  constructor(readonly bytes: Buffer) {}

  static of(value: unknown): Payload {
    const payload = new Payload(Buffer.from(JSON.stringify(value)));
    payload.#json = value;
    return payload;
  }

  /** The value the bytes stand for. Throws SyntaxError when they are no JSON. */
  json<T>(): T {
    this.#json ??= JSON.parse(this.bytes.toString('utf8')) as unknown;
    return this.#json as T;
  }

  /** A strong validator without quotes: equal bytes, equal tag. */
  get etag(): string {
    this.#etag ??= hash('sha256', this.bytes, 'base64url').slice(0, 27);
    return this.#etag;
  }

  /** The same answer as others may see it; `make` runs once per name. */
  view<T>(name: string, make: (json: T) => unknown): Payload {
    this.#views ??= new Map();
    let view = this.#views.get(name);
    if (!view) {
      view = Payload.of(make(this.json<T>()));
      this.#views.set(name, view);
    }
    return view;
  }
}
