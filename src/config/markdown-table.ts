import type { Setting, Settings } from './setting.js';

/** The settings as a Markdown table, padded the way prettier pads tables. */
export function markdownTable(table: Settings): string {
  const rows = [
    ['Variable', 'Default', 'Description'],
    ...Object.entries(table).map(([name, setting]) => [`\`${name}\``, defaultOf(setting), setting.description]),
  ].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [head = '', ...body] = rows.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

const defaultOf = (setting: Setting<unknown>): string =>
  setting.default === undefined ? (setting.unset ?? 'none') : `\`${setting.default}\``;
