import { createHmac } from 'node:crypto';

/** A receiver that takes longer is not there. */
const TIMEOUT_MS = 5000;

/** The receiver has understood and wants none of it: sent again, it would say the same. */
const FINAL = new Set([400, 410, 413, 422]);

export interface Receiver {
  readonly url: string;
  readonly signingKey: string;
}

export interface Delivery {
  readonly outcome: 'delivered' | 'refused' | 'failed';
  /** What the receiver answered, or what went wrong, for the log. */
  readonly answer: string;
}

/** Sends one event as Logto sends its own, once. Redirects are not followed: the event is for this address only. */
export async function deliver({ url, signingKey }: Receiver, body: string, signal: AbortSignal): Promise<Delivery> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'organization-gateway',
        'logto-signature-sha-256': createHmac('sha256', signingKey).update(body).digest('hex'),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    const outcome = response.ok ? 'delivered' : FINAL.has(response.status) ? 'refused' : 'failed';
    return { outcome, answer: String(response.status) };
  } catch (error) {
    const { cause, message } = error as Error;
    return { outcome: 'failed', answer: cause instanceof Error ? cause.message : message };
  }
}
