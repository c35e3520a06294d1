import type { Health } from '../observability/health.js';
import type { Metrics } from '../observability/metrics.js';
import { registerCounters, registerGauges } from '../observability/read-metrics.js';
import type { Circuit, CircuitState } from './circuit.js';
import { LANES } from './lanes.js';
import type { UpstreamPolicies } from './upstream-policies.js';

const STATE_NUMBER: Record<CircuitState, number> = { closed: 0, 'half-open': 1, open: 2 };

const circuitDetail = (circuit: Circuit | undefined): { circuit: string } => ({ circuit: circuit?.state ?? 'off' });

/** What the policies say of themselves, for `/health/ready` and `/metrics`. */
export function reportPolicies(
  { circuit, tokenCircuit, room, purse }: UpstreamPolicies,
  health: Health,
  { registry }: Metrics,
): void {
  health.report('upstream', () => ({ ...circuitDetail(circuit), ...room.state }));
  health.report('tokenEndpoint', () => circuitDetail(tokenCircuit));
  if (purse) health.report('budget', () => ({ ...purse.state }));

  const states = () =>
    Object.fromEntries(
      Object.entries({ api: circuit, token: tokenCircuit }).flatMap(([to, one]) =>
        one ? [[to, STATE_NUMBER[one.state]]] : [],
      ),
    );
  registerGauges(registry, [
    {
      name: 'gateway_upstream_circuit_state',
      help: 'The circuit to Logto and to its token endpoint: 0 closed, 1 half-open, 2 open.',
      label: 'to',
      read: states,
    },
    { name: 'gateway_upstream_calls_in_flight', help: 'Calls to Logto under way.', read: () => room.state.inFlight },
    {
      name: 'gateway_upstream_calls_waiting',
      help: 'Calls that wait for their turn, by lane.',
      label: 'lane',
      read: () => Object.fromEntries(LANES.map((lane) => [lane, room.waitingIn(lane)])),
    },
  ]);
  if (!purse) return;
  registerCounters(registry, [
    {
      name: 'gateway_upstream_budget_refusals_total',
      help: 'Calls turned away because the upstream budget was spent.',
      read: () => purse.state.refused,
    },
  ]);
}
