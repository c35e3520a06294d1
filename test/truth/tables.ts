import type { PhaseReport } from './phase.js';

/** The outcome of writes that must be performed once. */
export interface WriteRow {
  readonly what: string;
  readonly fault: string;
  readonly sent: number;
  readonly wrong: number;
  readonly unfinished: number;
  /** All responses, by status. */
  readonly answers: Readonly<Record<string, number>>;
}

const countsOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ');

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/** Excused are stale reads that are allowed, because Redis was down or the replica was cut off. */
export const phaseTable = (reports: readonly PhaseReport[]): string =>
  table(
    ['phase', 'operations', 'stale', 'oldest ms', 'excused', 'oldest ms', 'failed reads', 'failures'],
    reports.map((report) => [
      report.name,
      report.operations,
      report.stale,
      report.oldestMs,
      report.excused,
      report.oldestExcusedMs,
      report.failedReads,
      countsOf(report.failures),
    ]),
  );

export const writeTable = (rows: readonly WriteRow[]): string =>
  table(
    ['what', 'while', 'sent', 'wrong', 'given up', 'answers'],
    rows.map(({ what, fault, sent, wrong, unfinished, answers }) => [
      what,
      fault,
      sent,
      wrong,
      unfinished,
      countsOf(answers),
    ]),
  );
