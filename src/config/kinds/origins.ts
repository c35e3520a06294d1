import type { Kind } from './kind.js';
import { list } from './list.js';

/** Exact origins only. A trailing slash is forgiven, for it is what the address bar gives. */
export const origins: Kind<readonly string[]> = {
  expected:
    'origins such as https://app.example.com, comma separated ("*" is refused: every web site could then read the answers)',
  parse: (text) => list(text, originOf),
};

function originOf(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.href === `${url.origin}/` && !/[?#*]/.test(text) ? url.origin : undefined;
}
