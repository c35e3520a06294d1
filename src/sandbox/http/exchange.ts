/** A request as the look-alike reads it, whatever carried it here. */
export interface SandboxRequest {
  readonly method: string;
  /** As it arrived, byte for byte, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; repeated lines joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface SandboxAnswer {
  readonly status: number;
  /** An array is sent as several lines. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

export const json = (status: number, value: unknown, headers: SandboxAnswer['headers'] = {}): SandboxAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

export const text = (status: number, body: string, headers: SandboxAnswer['headers'] = {}): SandboxAnswer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body,
});

export const noContent = (): SandboxAnswer => ({ status: 204, headers: {}, body: '' });

/** Logto answers several creations with this word instead of the thing created. */
export const created = (): SandboxAnswer => text(201, 'Created');
