import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hook } from '../data/rows.js';
import type { Tables } from '../data/tables.js';

/** Called by handlers; the fields common to all events are added later. */
export type Emit = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

const RETRIES = 3;
const TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 100;

async function post(hook: Hook, body: string): Promise<boolean> {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Logto (https://logto.io/)',
    'logto-signature-sha-256': createHmac('sha256', hook.signingKey).update(body).digest('hex'),
  };
  const own = Object.entries(hook.config.headers ?? {}).map(([name, value]) => [name, String(value)]);
  try {
    const response = await fetch(hook.config.url, {
      method: 'POST',
      headers: { ...Object.fromEntries(own), ...headers },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

async function deliver(hook: Hook, body: string): Promise<void> {
  for (let attempt = 0; attempt <= RETRIES; attempt++) {
    if (await post(hook, body)) return;
    await sleep(FIRST_PAUSE_MS * 2 ** attempt, undefined, { ref: false });
  }
}

/** Sends an event to all subscribed hooks without waiting for them, so, as at Logto, the order is not guaranteed. */
export function sendEvent(tables: Tables, event: string, fields: Readonly<Record<string, unknown>>): void {
  for (const hook of tables.hooks.values()) {
    if (!hook.enabled || !hook.events.includes(event)) continue;
    const body = { event, createdAt: new Date().toISOString(), ip: '127.0.0.1', ...fields, hookId: hook.id };
    void deliver(hook, JSON.stringify(body));
  }
}
