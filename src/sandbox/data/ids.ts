import { randomBytes } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
// The largest multiple of the alphabet's size within a byte. Larger bytes are skipped, or the first letters would be more frequent.
const BYTE_LIMIT = 256 - (256 % ALPHABET.length);

function randomId(length: number): string {
  let id = '';
  while (id.length < length) {
    for (const byte of randomBytes(length))
      if (byte < BYTE_LIMIT && id.length < length) id += ALPHABET[byte % ALPHABET.length];
  }
  return id;
}

/** For organizations and users. */
export const shortId = () => randomId(12);
/** For roles, scopes, resources, applications and hooks. */
export const longId = () => randomId(21);
/** The width of Logto's id columns. */
export const ID_LIMIT = 21;
