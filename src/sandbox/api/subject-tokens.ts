import { longId } from '../data/ids.js';
import { json } from '../http/exchange.js';
import { anyObject, object, optional, string } from '../http/guard.js';
import { notFound } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';

const LIFETIME_SECONDS = 600;
const creation = object({ userId: string({ min: 1 }), context: optional(anyObject) });

/** Creates a subject token, which a service exchanges for a user's token at the token endpoint, without a browser. */
function create({ tables, body }: Call) {
  const { userId } = body(creation);
  if (!tables.users.has(userId)) throw notFound();
  const subjectToken = `sub_${longId()}`;
  tables.subjectTokens.set(subjectToken, { userId, expiresAt: Date.now() + LIFETIME_SECONDS * 1000, used: false });
  return json(201, { subjectToken, expiresIn: LIFETIME_SECONDS });
}

export const subjectTokenRoutes: readonly ApiRoute[] = [{ method: 'POST', path: '/subject-tokens', handle: create }];
