import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

/** A module of the gateway, and the plain one it is replaced by. */
export interface Replacement {
  readonly module: RegExp;
  /** One of variants/, by its file's name. */
  readonly by: string;
}

/** The gateway without one of the parts that stand on what Node and prom-client promise nobody. */
export interface Variant {
  readonly name: string;
  readonly replacements: readonly Replacement[];
}

export const VARIANTS: readonly Variant[] = [
  {
    name: 'answers do not wait for each other',
    replacements: [{ module: /\/dist\/inbound\/visit\/response-batcher\.js$/, by: 'response-batcher.js' }],
  },
  {
    name: 'heads by writeHead',
    replacements: [{ module: /\/dist\/inbound\/visit\/answer-writer\.js$/, by: 'answer-writer.js' }],
  },
  {
    name: "prom-client's histogram",
    replacements: [{ module: /\/dist\/observability\/durations\.js$/, by: 'durations.js' }],
  },
];

const root = (file: string): string => fileURLToPath(new URL(`../../../../${file}`, import.meta.url));
const replacing = (file: string): string => fileURLToPath(new URL(`../variants/${file}`, import.meta.url));

/** Fails unless one module has the path: where none has, the gateway would be compared with itself. */
const replace = ({ module, by }: Replacement): Plugin => ({
  name: `instead of ${module.source}`,
  setup({ onLoad, onEnd }) {
    const replaced: string[] = [];
    onLoad({ filter: module }, async ({ path }) => {
      replaced.push(path);
      return { contents: await readFile(replacing(by), 'utf8'), resolveDir: dirname(path) };
    });
    onEnd(() => {
      if (replaced.length !== 1)
        throw new Error(`${by} replaces ${replaced.length} modules; ${module.source} has to match one`);
    });
  },
});

type Bundle = (outfile: string, plugins: readonly Plugin[]) => Promise<void>;

/** Bundles a variant as the gateway is bundled, and says where it is. */
export async function bundleVariant({ name, replacements }: Variant): Promise<string> {
  const { bundle } = (await import(root('bundle.mjs'))) as { readonly bundle: Bundle };
  // Beside the gateway's own bundle, where it finds its packages.
  const file = root(`dist/main.${name.replaceAll(/\W+/g, '-')}.js`);
  await bundle(file, replacements.map(replace));
  return file;
}
