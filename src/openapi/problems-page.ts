import { PROBLEMS } from '../http/problems/problems.js';

const INTRODUCTION = `# Problems

Every error of the API is \`application/problem+json\` (RFC 9457). \`type\` is one of the kinds below, and
\`/problems/{kind}\` of a running gateway shows the same text. \`code\` is for programs: it is stable, and it is Logto's own
for errors of the caller. \`detail\` says what happened this time.

Generated from \`src/http/problems/problems.ts\` by \`npm run docs\`; change it there.`;

const codeText = (code: string): string => (code === '*' ? 'any other code of Logto' : `\`${code.replace('*', '…')}\``);

const section = ([kind, { status, title, codes, advice }]: [
  string,
  (typeof PROBLEMS)[keyof typeof PROBLEMS],
]): string =>
  [`## ${kind}`, `**${status} ${title}**`, advice, `\`code\`: ${codes.map((code) => codeText(code)).join(', ')}`].join(
    '\n\n',
  );

/** The text of docs/problems.md: all kinds of problems, in the order of the table. */
export const problemsPage = (): string =>
  `${[INTRODUCTION, ...Object.entries(PROBLEMS).map((row) => section(row))].join('\n\n')}\n`;
