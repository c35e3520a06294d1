import { createHmac } from 'node:crypto';

const TIMEOUT_MS = 5000;

/** Statuses after which a retry would not help. */
const PERMANENT_FAILURES = new Set([400, 410, 413, 422]);

export interface Receiver {
  readonly url: string;
  readonly signingKey: string;
}

export interface Delivery {
  readonly outcome: 'delivered' | 'refused' | 'failed';
  /** The receiver's status, or the error, for the log. */
  readonly answer: string;
}

/** Tries once to send an event, signed as Logto signs its own. Does not follow redirects: the event is for this URL only. */
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
    const outcome = response.ok ? 'delivered' : PERMANENT_FAILURES.has(response.status) ? 'refused' : 'failed';
    return { outcome, answer: String(response.status) };
  } catch (error) {
    const { cause, message } = error as Error;
    return { outcome: 'failed', answer: cause instanceof Error ? cause.message : message };
  }
}
