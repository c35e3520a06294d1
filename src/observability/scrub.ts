// Every repetition that may be tried from each character on is bounded: a long line must not cost its length squared.
const TOKEN = /eyJ[\w-]{1,1024}\.[\w-]+\.[\w-]*/g;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]+/gi;
const E_MAIL = /[\w.+%-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+/g;

/** Takes out of a log line what must never be in one, wherever it came from: tokens, credentials, e-mail addresses. */
export const scrub = (line: string): string =>
  line.replaceAll(TOKEN, '[token]').replaceAll(BEARER, '$1 [credential]').replaceAll(E_MAIL, '[e-mail]');
