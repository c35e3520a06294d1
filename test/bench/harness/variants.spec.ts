import { readdirSync } from 'node:fs';
import { VARIANTS } from './variants.js';

const modules = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .map((file) => file.replaceAll('\\', '/').replace(/\.ts$/, '.js'));

describe('a variant of the gateway', () => {
  it.each(VARIANTS.flatMap(({ replacements }) => replacements))(
    'replaces one module by one that exports the same: $by',
    async ({ module, by }) => {
      const replaced = modules.filter((file) => module.test(`/dist/${file}`));
      expect(replaced).toHaveLength(1);
      const ours = (await import(`../../../src/${replaced[0]}`)) as object;
      const plain = (await import(`../variants/${by}`)) as object;
      expect(Object.keys(plain)).toEqual(expect.arrayContaining(Object.keys(ours)));
    },
  );
});
