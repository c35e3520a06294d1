import { randomBytes } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
// The largest multiple of the alphabet's size in a byte: above it, the first letters would come up more often.
const FAIR = 256 - (256 % ALPHABET.length);

function randomId(length: number): string {
  let id = '';
  while (id.length < length) {
    for (const byte of randomBytes(length))
      if (byte < FAIR && id.length < length) id += ALPHABET[byte % ALPHABET.length];
  }
  return id;
}

/** Organizations and users. */
export const shortId = () => randomId(12);
/** Roles, scopes, resources, applications and hooks. */
export const longId = () => randomId(21);
/** The widest id a column of Logto's holds. */
export const ID_LIMIT = 21;
