import type { Kind } from './kind.js';

const parsed = (text: string, protocols: readonly string[]): URL | undefined => {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return protocols.includes(url.protocol) && url.hostname !== '' ? url : undefined;
};

const web = ['http:', 'https:'];

/** A URL that paths are appended to: without trailing slash, query and fragment. */
export const baseUrl: Kind<string> = {
  expected: 'an http:// or https:// URL without user name, query and fragment',
  parse(text) {
    const url = parsed(text, web);
    if (!url || url.username || url.password || /[?#]/.test(text)) return undefined;
    return url.href.replace(/\/+$/, '');
  },
};

/** Kept byte for byte: an issuer is compared, not requested, and a trailing slash makes it a different issuer. */
export const exactUrl: Kind<string> = {
  expected: 'an http:// or https:// URL without user name and fragment',
  parse(text) {
    const url = parsed(text, web);
    return url && !url.username && !url.password && !text.includes('#') ? text : undefined;
  },
};

/** Logto calls this a resource indicator. It is kept byte for byte because it is compared with `aud`. */
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
  expected: 'a redis:// or rediss:// URL, with +cluster or +sentinel for several comma-separated hosts',
  parse: (text) => (REDIS.test(text) ? text : undefined),
};

/** The value of LOGTO_ENDPOINT that asks for the built-in sandbox explicitly. */
export const SANDBOX = 'sandbox';

export const logtoEndpoint: Kind<string> = {
  expected: `${baseUrl.expected}, or the word ${SANDBOX}`,
  parse: (text) => (text === SANDBOX ? SANDBOX : baseUrl.parse(text)),
};
