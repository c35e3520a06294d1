import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(`src/${file}`, 'utf8') }));

const MAX_LINES = 200;

/** String literals and templates that begin with a path of Logto. */
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

/** The gateway's own token belongs to the pipeline, not to a feature. */
const NOT_A_FEATURE = new Set(['upstream/stages/machine-token.ts']);

/** Lines in which a path is the gateway's own: as the instance of a problem, in an example, or as a link. */
const OWN_ADDRESS = /\b(instance|example|link|location)\b|@Api/i;

describe('the sources', () => {
  it('contain paths of Logto in *.upstream.ts only', () => {
    const elsewhere = sources
      .filter(({ file }) => !/^sandbox\/|\.(upstream|spec)\.ts$/.test(file) && !NOT_A_FEATURE.has(file))
      .flatMap(({ file, text }) =>
        addressesAtLogto(text)
          .filter((address) => !text.split('\n').some((line) => line.includes(address) && OWN_ADDRESS.test(line)))
          .map((address) => `${address} in ${file}`),
      );
    expect(elsewhere).toEqual([]);
  });

  it('have paths of Logto in every *.upstream.ts, or the rule above does not work', () => {
    const upstream = sources.filter(({ file }) => file.endsWith('.upstream.ts'));
    expect(upstream.length).toBeGreaterThan(3);
    for (const { text } of upstream) expect(addressesAtLogto(text).length).toBeGreaterThan(0);
  });

  it(`except for tests, explain at the top why they are longer than ${MAX_LINES} lines`, () => {
    const long = sources.filter(
      ({ file, text }) => !file.endsWith('.spec.ts') && text.split('\n').length > MAX_LINES && !/^\/[*/]/.test(text),
    );
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  it('have the decorator that their suffix implies', () => {
    const unlike = sources.filter(({ file, text }) => {
      if (file.endsWith('.controller.ts')) return !/^@Controller\(/m.test(text);
      if (/\.(service|upstream)\.ts$/.test(file)) return !/^@Injectable\(\)/m.test(text);
      if (file.endsWith('.module.ts')) return !/^@Module\(/m.test(text);
      if (file.endsWith('.stage.ts')) return !/\bStage\b/.test(text);
      return /^@(Controller|Module)\(/m.test(text) && !file.endsWith('.spec.ts');
    });
    expect(unlike.map(({ file }) => file)).toEqual([]);
  });

  it('have no barrels', () => {
    const barrels = sources.filter(({ file, text }) => /(^|\/)index\.ts$/.test(file) || /^export \* from/m.test(text));
    expect(barrels.map(({ file }) => file)).toEqual([]);
  });
});
