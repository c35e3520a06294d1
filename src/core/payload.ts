import { hash } from 'node:crypto';

/** The parsed value of a larger payload takes much more memory than the bytes, so the garbage collector may reclaim it. */
const LIGHT_BYTES = 16 * 1024;

/**
 * The bytes of a reply, and what was computed from them. All callers that get a cached reply share one payload, so parsing,
 * hash and views are computed once for all of them; nobody may modify what `json` returns.
 */
export class Payload {
  #json: unknown;
  #weakJson: WeakRef<object> | undefined;
  #etag: string | undefined;
  #views: Map<string, Payload> | undefined;

  constructor(readonly bytes: Buffer) {}

  static of(value: unknown): Payload {
    const payload = new Payload(Buffer.from(JSON.stringify(value)));
    payload.#retain(value);
    return payload;
  }

  /** Whether the parsed value lives as long as the payload. */
  get isLight(): boolean {
    return this.bytes.length <= LIGHT_BYTES;
  }

  /** The parsed value. Throws SyntaxError when the bytes are not JSON. */
  json<T>(): T {
    const known = this.#json ?? this.#weakJson?.deref();
    if (known !== undefined) return known as T;
    const value = JSON.parse(this.bytes.toString('utf8')) as unknown;
    this.#retain(value);
    return value as T;
  }

  #retain(value: unknown): void {
    if (this.isLight || typeof value !== 'object' || value === null) this.#json = value;
    else this.#weakJson = new WeakRef(value);
  }

  /** A strong validator, without quotes. */
  get etag(): string {
    this.#etag ??= hash('sha256', this.bytes, 'base64url').slice(0, 27);
    return this.#etag;
  }

  /** Another representation of the same reply; `make` runs once per name. */
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
