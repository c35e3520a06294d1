import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { Problem } from '../http/problems/problem.js';
import { until } from '../../test/support/far-end.js';
import { UpstreamFault } from '../core/faults.js';
import { TokenVerifier } from './token-verifier.js';

const AUDIENCE = 'https://gateway.example.test';
const ALGORITHMS = ['ES384', 'ES256', 'RS256', 'PS256', 'EdDSA'] as const;
type Algorithm = (typeof ALGORITHMS)[number];

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const keysOf = async (algorithm: Algorithm) => {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  return { ...pair, jwk: { ...(await exportJWK(pair.publicKey)), kid: algorithm } };
};

describe('the token verifier', () => {
  let issuer: string;
  let server: Server;
  let keys: Record<Algorithm, Awaited<ReturnType<typeof keysOf>>>;
  /** The issuer's keys, how often they were fetched, and whether the issuer is unreachable. */
  let published: JWK[];
  let fetches: number;
  let isDown: boolean;
  /** The verifier's clock, in seconds since 1970. */
  let now: number;
  let verifier: TokenVerifier;

  beforeAll(async () => {
    const pairs = await Promise.all(ALGORITHMS.map(async (name) => [name, await keysOf(name)] as const));
    keys = Object.fromEntries(pairs) as typeof keys;
    server = createServer((_request, response) => {
      fetches += 1;
      if (isDown) response.destroy();
      else response.setHeader('content-type', 'application/jwk-set+json').end(JSON.stringify({ keys: published }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    issuer = `http://localhost:${(server.address() as AddressInfo).port}/oidc`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  beforeEach(() => {
    published = ALGORITHMS.map((name) => keys[name].jwk);
    fetches = 0;
    isDown = false;
    now = 1_800_000_000;
    verifier = new TokenVerifier({ issuer, audience: AUDIENCE, jwksUrl: `${issuer}/jwks`, now: () => now * 1000 });
  });

  const claims = (): JWTPayload => ({
    iss: issuer,
    aud: AUDIENCE,
    sub: 'robot',
    client_id: 'robot',
    scope: 'read:members',
    iat: now,
    exp: now + 60,
    jti: 'a-secret-of-this-token',
  });
  const sign = (
    payload: JWTPayload = claims(),
    header: Readonly<Record<string, unknown>> = {},
    algorithm: Algorithm = 'ES384',
  ): Promise<string> =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: algorithm, ...header })
      .sign(keys[algorithm].privateKey);

  const refusalOf = async (token: string): Promise<Problem> => {
    const error: unknown = await verifier.verify(token).catch((reason: unknown) => reason);
    if (!(error instanceof Problem)) throw new Error(`no refusal, but ${String(error)}`);
    expect([error.kind, error.code]).toEqual(['unauthenticated', 'auth.unauthorized']);
    expect(error.options.headers?.['WWW-Authenticate']).toMatch(
      /^Bearer error="invalid_token", error_description="[^"]+"$/,
    );
    return error;
  };

  describe('accepts', () => {
    it.each(['ES384', 'ES256', 'RS256'] as const)('a token signed with %s', async (algorithm) => {
      const caller = await verifier.verify(await sign(claims(), {}, algorithm));
      expect(caller).toMatchObject({ kind: 'service', subject: 'robot' });
    });

    it.each(['at+jwt', 'application/at+jwt', 'JWT', 'AT+JWT', undefined])('a token of the type %s', async (typ) => {
      await expect(verifier.verify(await sign(claims(), { typ }))).resolves.toMatchObject({ kind: 'service' });
    });

    it('an audience in a list of one', async () => {
      const token = await sign({ ...claims(), aud: [AUDIENCE] });
      await expect(verifier.verify(token)).resolves.toMatchObject({ kind: 'service' });
    });

    it('a clock that is a few seconds off', async () => {
      const token = await sign({ ...claims(), nbf: now + 3, exp: now - 3 });
      await expect(verifier.verify(token)).resolves.toMatchObject({ kind: 'service' });
    });
  });

  describe('refuses', () => {
    it('alg none', async () => {
      const problem = await refusalOf(`${base64url({ alg: 'none', typ: 'at+jwt' })}.${base64url(claims())}.`);
      expect(problem.detail).toContain('not accepted');
    });

    it('a shared secret, even if it is the public key', async () => {
      const head = `${base64url({ alg: 'HS256', typ: 'at+jwt', kid: 'RS256' })}.${base64url(claims())}`;
      const secret = await exportSPKI(keys.RS256.publicKey);
      await expect(
        refusalOf(`${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`),
      ).resolves.toBeInstanceOf(Problem);
    });

    it.each(['PS256', 'EdDSA'] as const)('%s, though the issuer has such a key', async (algorithm) => {
      await expect(refusalOf(await sign(claims(), {}, algorithm))).resolves.toBeInstanceOf(Problem);
    });

    it('valid claims signed with a foreign key', async () => {
      const foreign = await generateKeyPair('ES384');
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES384', typ: 'at+jwt', kid: 'ES384' })
        .sign(foreign.privateKey);
      expect((await refusalOf(token)).detail).toBe('The token is not signed by the issuer.');
    });

    it('a key embedded in the token', async () => {
      const foreign = await generateKeyPair('ES384', { extractable: true });
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES384', typ: 'at+jwt', kid: 'own', jwk: await exportJWK(foreign.publicKey) })
        .sign(foreign.privateKey);
      await expect(refusalOf(token)).resolves.toBeInstanceOf(Problem);
    });

    it('changed claims with the old signature', async () => {
      const [header, , signature] = (await sign()).split('.');
      await expect(
        refusalOf([header, base64url({ ...claims(), scope: 'all' }), signature].join('.')),
      ).resolves.toBeInstanceOf(Problem);
    });

    it.each([
      ['another issuer', { iss: 'https://elsewhere.example.test/oidc' }, 'The token is from another issuer.'],
      ['no issuer', { iss: undefined }, 'The token is from another issuer.'],
      ['another audience', { aud: 'https://default.logto.app/api' }, 'The token is for another audience.'],
      ['several audiences', { aud: [AUDIENCE, 'https://default.logto.app/api'] }, 'The token is for another audience.'],
      ['no audience', { aud: undefined }, 'A claim of the token is missing or wrong.'],
      ['no expiry', { exp: undefined }, 'A claim of the token is missing or wrong.'],
      ['no subject', { sub: undefined }, 'A claim of the token is missing or wrong.'],
    ])('%s', async (_what, change, detail) => {
      expect((await refusalOf(await sign({ ...claims(), ...change } as JWTPayload))).detail).toBe(detail);
    });

    it('an expired token', async () => {
      expect((await refusalOf(await sign({ ...claims(), exp: now - 6 }))).detail).toBe('The token has expired.');
    });

    it('a token that is not valid yet', async () => {
      expect((await refusalOf(await sign({ ...claims(), nbf: now + 6 }))).detail).toBe('The token is not valid yet.');
    });

    it.each(['id_token+jwt', 'logout+jwt', 'dpop+jwt', 'secevent+jwt', ''])('a token of the type %j', async (typ) => {
      expect((await refusalOf(await sign(claims(), { typ }))).detail).toBe('The token is not an access token.');
    });

    it.each(['', 'garbage', 'a.b.c', '..', 'a.b.c.d.e', `${base64url({ alg: 'ES384' })}.${base64url([])}.AA`])(
      'garbage: %j',
      async (token) => {
        await expect(refusalOf(token)).resolves.toBeInstanceOf(Problem);
      },
    );

    it('any other header, as an invalid token', async () => {
      const odd = fc.oneof(fc.constantFrom('ES384', 'RS256', 'at+jwt', 'none', '', 'b64', 'exp'), fc.jsonValue());
      const header = fc.record(
        { alg: odd, kid: odd, typ: odd, crit: odd, b64: odd, jwk: odd, jku: odd, x5c: odd, zip: odd, enc: odd },
        { requiredKeys: [] },
      );
      const signature = fc.constantFrom('', 'AA', '!', Buffer.alloc(96, 1).toString('base64url'));
      await verifier.warmUp();
      await fc.assert(
        fc.asyncProperty(header, signature, async (head, tail) => {
          await expect(refusalOf(`${base64url(head)}.${base64url(claims())}.${tail}`)).resolves.toBeInstanceOf(Problem);
        }),
        { numRuns: 300 },
      );
    });
  });

  it('repeats nothing of a refused token', async () => {
    const payloads = [
      { ...claims(), exp: now - 100 },
      { ...claims(), iss: 'https://elsewhere.example.test/oidc' },
      { ...claims(), aud: 'https://default.logto.app/api' },
      { ...claims(), nbf: now + 100 },
    ];
    const values = ['a-secret-of-this-token', 'robot', 'elsewhere', 'default.logto.app', 'read:members'];
    for (const payload of payloads) {
      const token = await sign(payload);
      const problem = await refusalOf(token);
      const said = JSON.stringify([problem.toBody({ instance: '', requestId: '' }), problem.options.headers]);
      for (const value of [...values, ...token.split('.')]) expect(said).not.toContain(value);
    }
  });

  describe('caches a token', () => {
    it('and does not verify it again', async () => {
      const token = await sign({ ...claims(), exp: now + 3600 });
      const caller = await verifier.verify(token);
      // Its key is withdrawn, which is noticed after ten minutes: verifying again would fail.
      published = [keys.ES256.jwk];
      now += 601;
      await verifier.verify(await sign({ ...claims(), jti: 'another' }));
      await until(
        'the keys are fetched again',
        async () => (await verifier.verify(await sign(claims(), {}, 'ES256')), fetches === 2),
      );
      await expect(verifier.verify(token)).resolves.toBe(caller);
      await expect(refusalOf(await sign({ ...claims(), jti: 'a third' }))).resolves.toBeInstanceOf(Problem);
    });

    it('and refuses it once it has expired', async () => {
      const token = await sign();
      await verifier.verify(token);
      now += 59;
      await expect(verifier.verify(token)).resolves.toMatchObject({ kind: 'service' });
      now += 7;
      expect((await refusalOf(token)).detail).toBe('The token has expired.');
    });

    it('under the whole token, not only its last characters', async () => {
      const token = await sign();
      const caller = await verifier.verify(token);
      const [header, , signature] = token.split('.');
      const forged = [header, base64url({ ...claims(), scope: 'all' }), signature].join('.');
      expect(forged.slice(-100)).toBe(token.slice(-100));
      expect(verifier.recall(forged)).toBeUndefined();
      expect((await refusalOf(forged)).detail).toBe('The token is not signed by the issuer.');
      expect(verifier.recall(forged)).toBeUndefined();
      expect(verifier.recall(token)).toBe(caller);
    });

    it('and recalls it only after it was verified and before it expires', async () => {
      const token = await sign();
      expect(verifier.recall(token)).toBeUndefined();
      const caller = await verifier.verify(token);
      now += 59;
      expect(verifier.recall(token)).toBe(caller);
      now += 1;
      expect(verifier.recall(token)).toBeUndefined();
    });

    it('but not a refused one', async () => {
      const token = await sign({ ...claims(), nbf: now + 30 });
      await expect(refusalOf(token)).resolves.toBeInstanceOf(Problem);
      now += 31;
      await expect(verifier.verify(token)).resolves.toMatchObject({ kind: 'service' });
    });
  });

  describe('fetches the keys', () => {
    it('once for many tokens', async () => {
      const tokens = await Promise.all(['1', '2', '3', '4'].map((jti) => sign({ ...claims(), jti })));
      await Promise.all(tokens.map((token) => verifier.verify(token)));
      expect(fetches).toBe(1);
    });

    it('again for an unknown key, at most once in ten seconds', async () => {
      published = [keys.ES384.jwk];
      await verifier.verify(await sign());
      published = [keys.ES384.jwk, keys.ES256.jwk];
      const rotated = await sign(claims(), {}, 'ES256');
      for (let attempt = 0; attempt < 5; attempt++) await refusalOf(rotated);
      expect(fetches).toBe(1);

      now += 11;
      await expect(verifier.verify(rotated)).resolves.toMatchObject({ kind: 'service' });
      expect(fetches).toBe(2);
      for (let attempt = 0; attempt < 5; attempt++)
        await expect(refusalOf(await sign(claims(), { kid: `made-up-${attempt}` }))).resolves.toBeInstanceOf(Problem);
      expect(fetches).toBe(2);
    });

    it('at most once in ten seconds while the issuer fails', async () => {
      await verifier.verify(await sign());
      isDown = true;
      now += 11;
      for (let attempt = 0; attempt < 5; attempt++)
        await expect(verifier.verify(await sign(claims(), { kid: `made-up-${attempt}` }))).rejects.toThrow(
          UpstreamFault,
        );
      expect(fetches).toBe(2);
    });

    it('but keeps known keys while the issuer is unreachable', async () => {
      await verifier.verify(await sign());
      isDown = true;
      now += 3600;
      await expect(verifier.verify(await sign())).resolves.toMatchObject({ kind: 'service' });
      await until('a fetch has failed', () => fetches === 2);
    });

    it('before the first request, when warmed up', async () => {
      await verifier.warmUp();
      await verifier.verify(await sign());
      expect(fetches).toBe(1);
    });
  });

  it.each([
    ['does not answer', () => (isDown = true)],
    ['answers with something else', () => (published = 'no keys' as unknown as JWK[])],
  ])('throws an upstream fault when the issuer %s', async (_what, breakIt) => {
    const token = await sign();
    breakIt();
    const error: unknown = await verifier.verify(token).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UpstreamFault);
    expect(error).toMatchObject({ code: 'upstream.unavailable' });
  });
});
