import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Faults, type FaultRule } from './faults.js';
import { Journal, type RecordedRequest } from './journal.js';
import { makeLogto } from './logto.js';
import { makeSigningKey } from './oidc/keys.js';
import { demo, seedCompany } from './seed/company.js';
import { seedGuides } from './seed/people.js';
import { makeServer } from './server.js';

export interface SandboxOptions {
  /** 127.0.0.1 unless said otherwise. */
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Indicator of the gateway's API resource. */
  readonly audience?: string;
  /** How long every answer is held back. */
  readonly latencyMs?: number;
}

/** A Logto look-alike on a port of its own, with everything in memory and gone when it closes. */
export interface Sandbox {
  /** http://localhost:{port} */
  readonly url: string;
  readonly issuer: string;
  readonly audience: string;
  /** Ids and clients that are there from the start. */
  readonly demo: typeof demo;
  /** What reached it, oldest first, the last 20,000. */
  readonly requests: readonly RecordedRequest[];
  forget(): void;
  /** Faults on request; `add` gives back how to end the one. */
  readonly faults: { add(rule: FaultRule): () => void; clear(): void };
  latencyMs: number;
  /** Adds made-up people to an organization: a hundred thousand of them in a moment, past the API. */
  populate(organizationId: string, count: number): void;
  close(): Promise<void>;
}

const DEFAULT_AUDIENCE = 'https://gateway.example.test';

const cannotListen = (error: NodeJS.ErrnoException, host: string, port: number) =>
  error.code === 'EADDRINUSE'
    ? new Error(
        `The sandbox cannot listen on port ${port}: something else does. Stop that, or choose another (SANDBOX_PORT; PORT for a sandbox alone).`,
        { cause: error },
      )
    : new Error(`The sandbox cannot listen on ${host}:${port}: ${error.message}`);

/** Starts a sandbox with a freshly seeded company. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', port = 0, audience = DEFAULT_AUDIENCE } = options;
  const tables = seedCompany(audience);
  const faults = new Faults();
  const journal = new Journal();
  const key = await makeSigningKey();
  let latencyMs = options.latencyMs ?? 0;
  let populated = 0;

  // The issuer holds the port, which is known only once it listens; nobody can ask before that.
  let logto: ReturnType<typeof makeLogto> | undefined;
  const server = makeServer({
    logto: async (request) => (logto ??= makeLogto(tables, key, issuer))(request),
    faults,
    journal,
    latencyMs: () => latencyMs,
  });
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw cannotListen(error, host, port);
  });
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const issuer = `${url}/oidc`;

  return {
    url,
    issuer,
    audience,
    demo,
    requests: journal.requests,
    forget: () => journal.clear(),
    faults,
    get latencyMs() {
      return latencyMs;
    },
    set latencyMs(value) {
      latencyMs = value;
    },
    populate(organizationId, count) {
      tables.membersOf(organizationId).add(seedGuides(tables, count, `crowd${(populated++).toString(36)}`));
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
