import type { Health } from '../observability/health.js';
import type { Metrics } from '../observability/metrics.js';
import { registerCounters, registerGauges } from '../observability/read-metrics.js';
import type { Circuit, CircuitState } from './stages/circuit.js';
import { LANES } from './lanes/lanes.js';
import type { UpstreamPolicies } from './upstream-policies.js';

const STATE_NUMBER: Record<CircuitState, number> = { closed: 0, 'half-open': 1, open: 2 };

const circuitDetail = (circuit: Circuit | undefined): { circuit: string } => ({ circuit: circuit?.state ?? 'off' });

/** Reports the state of the policies in `/health/ready` and `/metrics`. */
export function reportPolicies(
  { circuit, tokenCircuit, bulkhead, budget }: UpstreamPolicies,
  health: Health,
  { registry }: Metrics,
): void {
  health.report('upstream', () => ({ ...circuitDetail(circuit), ...bulkhead.state }));
  health.report('tokenEndpoint', () => circuitDetail(tokenCircuit));
  if (budget) health.report('budget', () => ({ ...budget.state }));

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
    {
      name: 'gateway_upstream_calls_in_flight',
      help: 'Calls to Logto in flight.',
      read: () => bulkhead.state.inFlight,
    },
    {
      name: 'gateway_upstream_calls_waiting',
      help: 'Calls to Logto that wait in the queue, by lane.',
      label: 'lane',
      read: () => Object.fromEntries(LANES.map((lane) => [lane, bulkhead.waitingIn(lane)])),
    },
  ]);
  if (!budget) return;
  registerCounters(registry, [
    {
      name: 'gateway_upstream_budget_refusals_total',
      help: 'Calls refused because the upstream budget was spent.',
      read: () => budget.state.refused,
    },
  ]);
}
