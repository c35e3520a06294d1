import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether `signature` is what Logto makes of a body with its hook's key: hexadecimal HMAC-SHA256 of the raw bytes.
 * Takes as long for a wrong signature as for the right one.
 */
export function isSignedBy(key: string, body: Buffer, signature: string | undefined): boolean {
  const right = createHmac('sha256', key).update(body).digest();
  const given = Buffer.from(signature ?? '', 'hex');
  return given.length === right.length && timingSafeEqual(given, right);
}
