import { Counter, Gauge, type Metric } from 'prom-client';
import type { Health } from '../observability/health.js';
import type { Metrics } from '../observability/metrics.js';
import type { UpstreamBudget } from './budget/upstream-budget.js';
import type { Bulkhead } from './bulkhead.js';
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

  const metrics = [
    circuitStates({ api: circuit, token: tokenCircuit }),
    ...rooms(room),
    ...(purse ? [refusals(purse)] : []),
  ];
  for (const metric of metrics) registry.registerMetric(metric);
}

const circuitStates = (circuits: Readonly<Record<string, Circuit | undefined>>): Metric =>
  new Gauge({
    name: 'gateway_upstream_circuit_state',
    help: 'The circuit to Logto and to its token endpoint: 0 closed, 1 half-open, 2 open.',
    labelNames: ['to'],
    registers: [],
    collect() {
      for (const [to, circuit] of Object.entries(circuits)) if (circuit) this.set({ to }, STATE_NUMBER[circuit.state]);
    },
  });

const rooms = (room: Bulkhead): Metric[] => [
  new Gauge({
    name: 'gateway_upstream_calls_in_flight',
    help: 'Calls to Logto under way.',
    registers: [],
    collect() {
      this.set(room.state.inFlight);
    },
  }),
  new Gauge({
    name: 'gateway_upstream_calls_waiting',
    help: 'Calls that wait for their turn, by lane.',
    labelNames: ['lane'],
    registers: [],
    collect() {
      for (const lane of LANES) this.set({ lane }, room.waitingIn(lane));
    },
  }),
];

const refusals = (purse: UpstreamBudget): Metric =>
  new Counter({
    name: 'gateway_upstream_budget_refusals_total',
    help: 'Calls turned away because the upstream budget was spent.',
    registers: [],
    collect() {
      this.reset();
      this.inc(purse.state.refused);
    },
  });
