const longest = 120;

/** A faulty value as it may appear in a log: nothing of a secret, no credentials of an address, no control characters. */
export function shown(text: string, secret: boolean): string {
  if (secret) return 'set (hidden)';
  const withoutCredentials = text.replace(/\/\/[^/?#]*@/g, '//(hidden)@');
  const cut = withoutCredentials.length > longest ? `${withoutCredentials.slice(0, longest)}…` : withoutCredentials;
  return JSON.stringify(cut);
}
