const MAX_LENGTH = 120;

/** An invalid value for a log or message: secrets hidden, credentials in URLs removed, control characters escaped. */
export function redacted(text: string, secret: boolean): string {
  if (secret) return 'set (hidden)';
  const withoutCredentials = text.replace(/\/\/[^/?#]*@/g, '//(hidden)@');
  const cut =
    withoutCredentials.length > MAX_LENGTH ? `${withoutCredentials.slice(0, MAX_LENGTH)}…` : withoutCredentials;
  return JSON.stringify(cut);
}
