import { existsSync, readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { PROBLEMS, type ProblemKind } from '../../src/http/problems/problems.js';
import { problemsPage } from '../../src/openapi/problems-page.js';

const KINDS = Object.keys(PROBLEMS) as ProblemKind[];

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.startsWith('sandbox/'))
  .filter((file) => file !== 'http/problems/problems.ts');

interface Text {
  readonly file: string;
  readonly text: string;
  readonly node: ts.Node;
}

/** All string literals in the gateway's code, both values and types. */
const texts: readonly Text[] = files.flatMap((file) => {
  const source = ts.createSourceFile(file, readFileSync(`src/${file}`, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Text[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push({ file, text: node.text, node });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
});

const admits = (kind: ProblemKind, code: string): boolean =>
  PROBLEMS[kind].codes.some((known: string) =>
    known.includes('*')
      ? new RegExp(`^${known.replaceAll('.', '\\.').replace('*', '.+')}$`).test(code)
      : known === code,
  );
/** The codes that are listed individually, not as families of Logto's codes. */
const ownCodes = KINDS.flatMap((kind) => PROBLEMS[kind].codes.filter((code) => !code.includes('*')));

const isKind = (text: string): text is ProblemKind => Object.hasOwn(PROBLEMS, text);

/** `new Problem('kind', detail, { code: 'code' })` */
const thrown = texts.flatMap(({ file, text, node }) => {
  const { parent } = node;
  if (!ts.isNewExpression(parent) || parent.expression.getText() !== 'Problem' || parent.arguments?.[0] !== node)
    return [];
  const options = parent.arguments[2];
  const code = options && /\bcode: '([^']+)'/.exec(options.getText())?.[1];
  return [{ file, kind: text, code }];
});

describe('the table of problems', () => {
  it('is in docs/problems.md, word for word', () => {
    const page = existsSync('docs/problems.md') ? readFileSync('docs/problems.md', 'utf8') : '';
    const rows = [...page.matchAll(/^## (.+)$/gm)].map(([, kind]) => kind);
    expect(rows).toEqual(KINDS);
    if (page !== problemsPage())
      throw new Error('docs/problems.md does not match the table. Generate it with: npm run docs');
  });

  it('has every kind and code that is thrown', () => {
    expect(thrown.length).toBeGreaterThan(10);
    expect(thrown.filter(({ kind }) => !isKind(kind))).toEqual([]);
    expect(thrown.filter(({ kind, code }) => code !== undefined && isKind(kind) && !admits(kind, code))).toEqual([]);
  });

  it('has every code in the sources', () => {
    const families = new Set(ownCodes.filter((code) => code.includes('.')).map((code) => code.split('.')[0]));
    const known = texts.filter(
      ({ text }) => /^[a-z]+(\.[a-z_]+)+$/.test(text) && families.has(text.split('.')[0] ?? ''),
    );
    expect(known.length).toBeGreaterThan(15);
    const unlisted = known.filter(({ text }) => !KINDS.some((kind) => admits(kind, text)));
    expect(unlisted.map(({ file, text }) => `${text} in ${file}`)).toEqual([]);
  });

  it('has no unused kind', () => {
    const used = new Set(texts.map(({ text }) => text));
    expect(KINDS.filter((kind) => !used.has(kind))).toEqual([]);
  });

  it('has no unused code', () => {
    const used = new Set(texts.map(({ text }) => text));
    // A problem without an explicit code has the first code of its kind.
    const byDefault = new Set<string>(KINDS.map((kind) => PROBLEMS[kind].codes[0]));
    // Logto's codes are not in the sources.
    const own = ownCodes.filter((code) => !/^(entity|organization)\./.test(code));
    expect(own.filter((code) => !used.has(code) && !byDefault.has(code))).toEqual([]);
  });

  it.each(KINDS)('explains %s', (kind) => {
    const { status, title, advice, codes } = PROBLEMS[kind];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(advice).toMatch(/^[`A-Z].{20,}\.$/);
    expect(codes[0]).not.toContain('*');
  });
});
