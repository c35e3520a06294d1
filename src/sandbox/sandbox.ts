import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Faults, type FaultRule } from './faults.js';
import { RequestLog, type RecordedRequest } from './request-log.js';
import { makeLogto } from './logto.js';
import { makeSigningKey } from './oidc/keys.js';
import { demo, seedCompany } from './seed/company.js';
import { seedGuides } from './seed/people.js';
import { makeServer } from './server.js';

export interface SandboxOptions {
  /** The default is 127.0.0.1. */
  readonly host?: string;
  /** The default, 0, takes any free port. */
  readonly port?: number;
  /** Indicator of the gateway's API resource. */
  readonly audience?: string;
  /** Delay of every response. */
  readonly latencyMs?: number;
  /** 0 to 1: decides which calls a fault with a chance applies to. */
  readonly random?: () => number;
}

/** A Logto look-alike on its own port, with all data in memory. */
export interface Sandbox {
  /** http://localhost:{port} */
  readonly url: string;
  readonly issuer: string;
  readonly audience: string;
  /** Seeded ids and clients. */
  readonly demo: typeof demo;
  /** The last 20,000 requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Clears `requests`. */
  forget(): void;
  /** Fault injection; `add` returns a function that removes the rule. */
  readonly faults: { add(rule: FaultRule): () => void; clear(): void };
  latencyMs: number;
  /** Adds generated users to an organization, bypassing the API, so that 100,000 of them take no time. */
  populate(organizationId: string, count: number): void;
  close(): Promise<void>;
}

const DEFAULT_AUDIENCE = 'https://gateway.example.test';

const cannotListen = (error: NodeJS.ErrnoException, host: string, port: number) =>
  error.code === 'EADDRINUSE'
    ? new Error(
        `The sandbox cannot listen on port ${port}, which is in use. Stop the process that uses it, or set another port (SANDBOX_PORT, or PORT if the sandbox runs alone).`,
        { cause: error },
      )
    : new Error(`The sandbox cannot listen on ${host}:${port}: ${error.message}`);

/** Starts a sandbox with a freshly seeded company. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', port = 0, audience = DEFAULT_AUDIENCE, random = Math.random } = options;
  const tables = seedCompany(audience);
  const faults = new Faults(random);
  const requestLog = new RequestLog();
  const key = await makeSigningKey();
  let latencyMs = options.latencyMs ?? 0;
  let populated = 0;

  // The issuer contains the port, which is known only once the server listens; no request can come before that.
  let logto: ReturnType<typeof makeLogto> | undefined;
  const server = makeServer({
    logto: async (request) => (logto ??= makeLogto(tables, key, issuer))(request),
    faults,
    requestLog,
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
    requests: requestLog.requests,
    forget: () => requestLog.clear(),
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
