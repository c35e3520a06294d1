import { cpus } from 'node:os';
import type { ResultRow } from './compare.js';
import { canPin } from './machine.js';
import { loadGenerator } from './load.js';

const HEAD = ['work', 'gateway', 'against', 'peer', 'ratio', 'CPU ratio', 'target', 'reached'];

const verdict = (reached: boolean | undefined): string => (reached === undefined ? '' : reached ? 'yes' : '**no**');

const cells = ({ work, gateway, against, peer, ratio, cpuRatio, target, reached }: ResultRow): string[] => [
  work,
  gateway,
  against,
  peer,
  ratio,
  cpuRatio,
  target,
  verdict(reached),
];

/** The results as a Markdown table, padded as prettier does. */
export function table(rows: readonly ResultRow[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = '', ...body] = lines.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

/** The machine and the method of the measurement. */
export const circumstances = (
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  notes: readonly string[],
): string =>
  [
    `Node ${process.version} on ${cpus().length} × ${cpus()[0]?.model ?? 'an unknown processor'}; ${loadGenerator}; ` +
      `${canPin ? 'servers on one core, load and stub on the other' : 'not pinned to cores'}; ` +
      `medians of ${rounds} rounds of ${seconds} s (smallest–largest).`,
    ...notes,
  ].join('\n');
