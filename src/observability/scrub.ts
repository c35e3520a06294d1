// Every repetition that may be tried from each character on is bounded: a long line must not cost its length squared.
const TOKEN = /eyJ[\w-]{1,1024}\.[\w-]+\.[\w-]*/g;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]+/gi;
const E_MAIL = /[\w.+%-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+/g;

// Nearly every line has none of it, and looking for a few characters costs a twentieth of running the expressions.
const mayHold = (line: string): boolean =>
  line.includes('eyJ') || line.includes('@') || line.includes('%40') || /\b(?:bearer|basic)\s/i.test(line);

/** Takes out of a log line what must never be in one, wherever it came from: tokens, credentials, e-mail addresses. */
export const scrub = (line: string): string =>
  mayHold(line)
    ? line.replaceAll(TOKEN, '[token]').replaceAll(BEARER, '$1 [credential]').replaceAll(E_MAIL, '[e-mail]')
    : line;
