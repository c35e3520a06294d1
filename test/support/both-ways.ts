import { Agent } from 'node:http';
import { readConfig } from '../../src/config/read-config.js';
import { createGateway, type Gateway } from '../../src/gateway.js';
import { createLogger } from '../../src/observability/logger.js';
import { type Answer, ask } from './answers.js';
import { type Running, startGateway } from './start-gateway.js';

export interface BothWays {
  /** The gateway with its edge. */
  readonly running: Running;
  /** One without, before the same Logto. */
  readonly slow: Gateway;
  /** Asks the gateway; answers are given again on connections that are kept. */
  readonly short: Ask;
  readonly long: Ask;
  close(): Promise<void>;
}

export type Ask = (
  path: string,
  token?: string,
  headers?: Readonly<Record<string, string>>,
  method?: string,
) => Promise<Answer>;

/** Two gateways that must not be told apart by what they answer. `env` is for both. */
export async function startBothWays(env: NodeJS.ProcessEnv = {}): Promise<BothWays> {
  const running = await startGateway({ ...env, EDGE: 'on' });
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
    (path, token, headers = {}, method = 'GET') =>
      ask(agent, url + path, { ...(token && { authorization: `Bearer ${token}` }), ...headers }, method);
  return {
    running,
    slow,
    short: asking(gateway),
    long: asking(slow),
    close: async () => {
      agent.destroy();
      await slow.close();
      await running.close();
    },
  };
}
