import type { Kind } from './kind.js';

const parsed = (text: string, protocols: readonly string[]): URL | undefined => {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return protocols.includes(url.protocol) && url.hostname !== '' ? url : undefined;
};

const web = ['http:', 'https:'];

/** An address other paths are put behind, so without trailing slash, query and fragment. */
export const baseUrl: Kind<string> = {
  expected: 'an http:// or https:// address without user name, query and fragment',
  parse(text) {
    const url = parsed(text, web);
    if (!url || url.username || url.password || /[?#]/.test(text)) return undefined;
    return url.href.replace(/\/+$/, '');
  },
};

/** Kept byte for byte: an issuer is compared, not visited, and a trailing slash makes it another one. */
export const exactUrl: Kind<string> = {
  expected: 'an http:// or https:// address without user name and fragment',
  parse(text) {
    const url = parsed(text, web);
    return url && !url.username && !url.password && !text.includes('#') ? text : undefined;
  },
};

/** What Logto calls a resource indicator; kept byte for byte, as it is compared with `aud`. */
export const resourceIndicator: Kind<string> = {
  expected: 'the identifier of an API resource, an absolute URI such as https://gateway.example.com',
  parse: (text) => (/^[a-z][a-z\d+.-]*:[\x21-\x7e]+$/i.test(text) ? text : undefined),
};

const HOST = String.raw`(?:\[[\da-f:]+\]|[\w.-]+)(?::\d+)?`;
const HOSTS = `${HOST}(?:,${HOST})*`;
const REDIS = new RegExp(
  String.raw`^rediss?(?:://(?:[^@/\s]*@)?${HOST}(?:/\d*)?|\+cluster://(?:[^@/\s]*@)?${HOSTS}|\+sentinel://(?:[^@/\s]*@)?${HOSTS}/[\w.-]+(?:/\d+)?)$`,
  'i',
);

export const redisUrl: Kind<string> = {
  expected: 'a redis:// or rediss:// address, with +cluster or +sentinel for several hosts, comma separated',
  parse: (text) => (REDIS.test(text) ? text : undefined),
};

/** The word that asks for the built-in Logto look-alike by name. */
export const SANDBOX = 'sandbox';

export const logtoEndpoint: Kind<string> = {
  expected: `${baseUrl.expected}, or the word ${SANDBOX}`,
  parse: (text) => (text === SANDBOX ? SANDBOX : baseUrl.parse(text)),
};
