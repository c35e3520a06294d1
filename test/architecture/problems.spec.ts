import { existsSync, readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { PROBLEMS, type ProblemKind } from '../../src/http/problems.js';
import { problemsPage } from '../../src/openapi/problems-page.js';

const KINDS = Object.keys(PROBLEMS) as ProblemKind[];

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.startsWith('sandbox/'))
  .filter((file) => file !== 'http/problems.ts');

interface Text {
  readonly file: string;
  readonly text: string;
  readonly node: ts.Node;
}

/** Every text that stands in the gateway's code, be it a value or a type; comments do not count. */
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
/** Codes that are spelt out, as opposed to families of Logto's. */
const ownCodes = KINDS.flatMap((kind) => PROBLEMS[kind].codes.filter((code) => !code.includes('*')));

const isKind = (text: string): text is ProblemKind => Object.hasOwn(PROBLEMS, text);

/** `new Problem('kind', detail, { code: 'code' })` */
const raised = texts.flatMap(({ file, text, node }) => {
  const { parent } = node;
  if (!ts.isNewExpression(parent) || parent.expression.getText() !== 'Problem' || parent.arguments?.[0] !== node)
    return [];
  const options = parent.arguments[2];
  const code = options && /\bcode: '([^']+)'/.exec(options.getText())?.[1];
  return [{ file, kind: text, code }];
});

describe('the table of problems', () => {
  it('is docs/problems.md, word for word', () => {
    const page = existsSync('docs/problems.md') ? readFileSync('docs/problems.md', 'utf8') : '';
    const rows = [...page.matchAll(/^## (.+)$/gm)].map(([, kind]) => kind);
    expect(rows).toEqual(KINDS);
    if (page !== problemsPage())
      throw new Error('docs/problems.md is not what the table says. Write it anew: npm run docs');
  });

  it('holds every kind that is raised, with the code it is raised with', () => {
    expect(raised.length).toBeGreaterThan(10);
    expect(raised.filter(({ kind }) => !isKind(kind))).toEqual([]);
    expect(raised.filter(({ kind, code }) => code !== undefined && isKind(kind) && !admits(kind, code))).toEqual([]);
  });

  it('holds every code that the code knows', () => {
    const families = new Set(ownCodes.filter((code) => code.includes('.')).map((code) => code.split('.')[0]));
    const known = texts.filter(
      ({ text }) => /^[a-z]+(\.[a-z_]+)+$/.test(text) && families.has(text.split('.')[0] ?? ''),
    );
    expect(known.length).toBeGreaterThan(15);
    const lonely = known.filter(({ text }) => !KINDS.some((kind) => admits(kind, text)));
    expect(lonely.map(({ file, text }) => `${text} in ${file}`)).toEqual([]);
  });

  it('holds no kind that nobody raises', () => {
    const used = new Set(texts.filter(({ file }) => file !== 'http/problems.ts').map(({ text }) => text));
    expect(KINDS.filter((kind) => !used.has(kind))).toEqual([]);
  });

  it('holds no code that nobody gives', () => {
    const said = new Set(texts.map(({ text }) => text));
    // The first code of a kind is what it is raised with unless another is given.
    const byDefault = new Set<string>(KINDS.map((kind) => PROBLEMS[kind].codes[0]));
    // Logto's own codes come from Logto.
    const own = ownCodes.filter((code) => !/^(entity|organization)\./.test(code));
    expect(own.filter((code) => !said.has(code) && !byDefault.has(code))).toEqual([]);
  });

  it.each(KINDS)('tells of %s what it means and what to do', (kind) => {
    const { status, title, advice, codes } = PROBLEMS[kind];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(advice).toMatch(/^[`A-Z].{20,}\.$/);
    expect(codes[0]).not.toContain('*');
  });
});
