import { hash } from 'node:crypto';

/** Above this the parsed value takes so much more memory than its bytes that it is held only until memory is looked for. */
const LIGHT_BYTES = 16 * 1024;

/**
 * The bytes of an answer, and what has been made of them. Callers of a cached answer share one payload, so what is
 * computed once (parsing, a hash, another view) serves all of them; nobody may change what `json` gives.
 */
export class Payload {
  #json: unknown;
  #fleetingJson: WeakRef<object> | undefined;
  #etag: string | undefined;
  #views: Map<string, Payload> | undefined;

  constructor(readonly bytes: Buffer) {}

  static of(value: unknown): Payload {
    const payload = new Payload(Buffer.from(JSON.stringify(value)));
    payload.#hold(value);
    return payload;
  }

  /** Whether what is parsed of it lives as long as it does. */
  get isLight(): boolean {
    return this.bytes.length <= LIGHT_BYTES;
  }

  /** The value the bytes stand for. Throws SyntaxError when they are no JSON. */
  json<T>(): T {
    const known = this.#json ?? this.#fleetingJson?.deref();
    if (known !== undefined) return known as T;
    const value = JSON.parse(this.bytes.toString('utf8')) as unknown;
    this.#hold(value);
    return value as T;
  }

  #hold(value: unknown): void {
    if (this.isLight || typeof value !== 'object' || value === null) this.#json = value;
    else this.#fleetingJson = new WeakRef(value);
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
