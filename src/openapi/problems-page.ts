import { PROBLEMS } from '../http/problems.js';

const INTRODUCTION = `# Problems

Every error of the API is \`application/problem+json\` (RFC 9457). \`type\` says which of the kinds below it is, and
\`/problems/{kind}\` of a running gateway shows the same text. \`code\` is for programs: it is stable, and Logto's own
where the fault is the caller's. \`detail\` says what happened this time.

Written from \`src/http/problems.ts\` by \`npm run docs\`; change it there.`;

const starred = (code: string): string => (code === '*' ? "any other of Logto's" : `\`${code.replace('*', '…')}\``);

const section = ([kind, { status, title, codes, advice }]: [
  string,
  (typeof PROBLEMS)[keyof typeof PROBLEMS],
]): string =>
  [`## ${kind}`, `**${status} ${title}**`, advice, `\`code\`: ${codes.map((code) => starred(code)).join(', ')}`].join(
    '\n\n',
  );

/** The text of docs/problems.md: every kind of problem, in the order of the table. */
export const problemsPage = (): string =>
  `${[INTRODUCTION, ...Object.entries(PROBLEMS).map((row) => section(row))].join('\n\n')}\n`;
