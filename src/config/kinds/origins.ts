import type { Kind } from './kind.js';
import { list } from './list.js';

/** Exact origins only. A trailing slash is accepted because browsers' address bars add it. */
export const origins: Kind<readonly string[]> = {
  expected:
    'comma-separated origins such as https://app.example.com ("*" is refused: every web site could then read the responses)',
  parse: (text) => list(text, originOf),
};

function originOf(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.href === `${url.origin}/` && !/[?#*]/.test(text) ? url.origin : undefined;
}
