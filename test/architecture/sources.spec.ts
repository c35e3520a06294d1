import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(`src/${file}`, 'utf8') }));

const LONGEST = 200;

/** Texts in code that begin an address at Logto, wherever the variables in them are; comments do not count. */
function addressesAtLogto(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node);
    if (isText && /^\/(api|oidc)\//.test(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true));
  return found;
}

/** The gateway's own token is part of the pipeline, not of a feature. */
const NOT_A_FEATURE = new Set(['upstream/machine-token.ts']);

/** Ways the gateway names its own address: to a caller, as the place a problem happened or where more is to be had. */
const OWN_ADDRESS = /\b(instance|example|link|location)\b|@Api/i;

describe('the sources', () => {
  it('name paths of Logto in *.upstream.ts alone', () => {
    const elsewhere = sources
      .filter(({ file }) => !/^sandbox\/|\.(upstream|spec)\.ts$/.test(file) && !NOT_A_FEATURE.has(file))
      .flatMap(({ file, text }) =>
        addressesAtLogto(text)
          .filter((address) => !text.split('\n').some((line) => line.includes(address) && OWN_ADDRESS.test(line)))
          .map((address) => `${address} in ${file}`),
      );
    expect(elsewhere).toEqual([]);
  });

  it('are given the environment by the programs, which hand it to src/config', () => {
    const readers = sources.filter(({ file, text }) => !file.endsWith('.spec.ts') && /\bprocess\.env\b/.test(text));
    expect(readers.map(({ file }) => file).toSorted()).toEqual(['main.ts', 'sandbox/main.ts']);
  });

  it('have at least one file for Logto’s paths, else the rule above looks in the wrong place', () => {
    const upstream = sources.filter(({ file }) => file.endsWith('.upstream.ts'));
    expect(upstream.length).toBeGreaterThan(3);
    for (const { text } of upstream) expect(addressesAtLogto(text).length).toBeGreaterThan(0);
  });

  it(`but for tests, say at their top why they are longer than ${LONGEST} lines`, () => {
    const long = sources.filter(
      ({ file, text }) => !file.endsWith('.spec.ts') && text.split('\n').length > LONGEST && !/^\/[*/]/.test(text),
    );
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  it('keep what they are called after: controllers route, services and upstreams are injectable', () => {
    const unlike = sources.filter(({ file, text }) => {
      if (file.endsWith('.controller.ts')) return !/^@Controller\(/m.test(text);
      if (/\.(service|upstream)\.ts$/.test(file)) return !/^@Injectable\(\)/m.test(text);
      if (file.endsWith('.module.ts')) return !/^@Module\(/m.test(text);
      if (file.endsWith('.stage.ts')) return !/\bStage\b/.test(text);
      return /^@(Controller|Module)\(/m.test(text) && !file.endsWith('.spec.ts');
    });
    expect(unlike.map(({ file }) => file)).toEqual([]);
  });

  it('import by the file’s own name: no barrels', () => {
    const barrels = sources.filter(({ file, text }) => /(^|\/)index\.ts$/.test(file) || /^export \* from/m.test(text));
    expect(barrels.map(({ file }) => file)).toEqual([]);
  });
});
