import { Agent } from 'node:http';
import { readConfig } from '../../src/config/read-config.js';
import { createGateway, type Gateway } from '../../src/gateway.js';
import { createLogger } from '../../src/observability/logger.js';
import { type Answer, ask } from './answers.js';
import { recordWays, type Way } from './record-ways.js';
import { type Running, startGateway } from './start-gateway.js';

export interface BothWays {
  /** The gateway with shortcuts. */
  readonly running: Running;
  /** A gateway with EDGE=off and the same Logto. */
  readonly slow: Gateway;
  /** Sends a request to the gateway, on kept-alive connections, which remembered answers require. */
  readonly short: Ask;
  readonly long: Ask;
  /** How a response of `short` was produced. */
  wayOf(answer: Answer): Way;
  close(): Promise<void>;
}

export type Ask = (
  path: string,
  token?: string,
  headers?: Readonly<Record<string, string>>,
  method?: string,
  body?: string,
) => Promise<Answer>;

/** Two gateways whose responses must be indistinguishable. `env` is for both. */
export async function startBothWays(env: NodeJS.ProcessEnv = {}): Promise<BothWays> {
  const ways = recordWays();
  const running = await startGateway({ ...env, EDGE: 'on' }, { layers: ways.layers });
  const { sandbox, gateway } = running;
  const { gateway: client } = sandbox.demo.clients;
  const config = readConfig({
    PORT: '0',
    LOG_LEVEL: 'silent',
    OVERLOAD_DELAY_MS: '0',
    PUBLIC_URL: gateway.url,
    LOGTO_ENDPOINT: sandbox.url,
    LOGTO_CLIENT_ID: client.id,
    LOGTO_CLIENT_SECRET: client.secret,
    AUTH_AUDIENCE: sandbox.audience,
    ...env,
    EDGE: 'off',
  });
  const slow = await createGateway(config, createLogger('silent'));
  const agent = new Agent({ keepAlive: true });
  const asking =
    ({ url }: Gateway): Ask =>
    (path, token, headers = {}, method = 'GET', body) =>
      ask(agent, url + path, { ...(token && { authorization: `Bearer ${token}` }), ...headers }, method, body);
  return {
    running,
    slow,
    short: asking(gateway),
    long: asking(slow),
    wayOf: ({ headers }) => ways.of(String(headers['x-request-id'])),
    close: async () => {
      agent.destroy();
      await slow.close();
      await running.close();
    },
  };
}
