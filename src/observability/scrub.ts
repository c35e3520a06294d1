const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]+/gi;
const E_MAIL = /[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+/g;

/** Takes out of a log line what must never be in one, wherever it came from: tokens, credentials, e-mail addresses. */
export const scrub = (line: string): string => line.replaceAll(TOKEN, '[token]').replaceAll(BEARER, '$1 [credential]').replaceAll(E_MAIL, '[e-mail]');
