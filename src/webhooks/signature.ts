import { createHmac, timingSafeEqual } from 'node:crypto';

/** Verifies Logto's webhook signature, the hexadecimal HMAC-SHA256 of the raw body, in constant time. */
export function isSignedBy(key: string, body: Buffer, signature: string | undefined): boolean {
  const expected = createHmac('sha256', key).update(body).digest();
  const given = Buffer.from(signature ?? '', 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
