// The second half of `npm run build`: bundles dist/main.js and everything it imports into one file, which halves the time to
// start (decision 63).
import { realpathSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

// `PartialType` and similar functions load class-validator by their own `require`, which esbuild cannot follow. A second
// class-validator would be loaded from 350 files next to the bundled one, and a second class-transformer with separate metadata.
const REQUIRE = 'const require = createRequire(import.meta.url);';
const oneClassValidator = {
  name: 'one class-validator',
  setup({ onLoad, onEnd }) {
    let isDone = false;
    onLoad({ filter: /@nestjs.mapped-types.dist.type-helpers\.utils\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      isDone = text.includes(REQUIRE);
      return { contents: text.replace(REQUIRE, '') };
    });
    onEnd(() => {
      if (!isDone)
        throw new Error(
          '@nestjs/mapped-types uses require in another way now: check whether this plugin is still needed',
        );
    });
  },
};

// With `keepNames`, the bundle sets the name of every function whenever it is created. A request creates dozens, and naming one costs
// more than creating it. Only the names of classes are used, so only they are kept.
const NAMING = 'var __name=(target,value)=>__defProp(target,"name",{value,configurable:true});';
const namingClassesOnly = (text) => {
  const renamed = text
    .replace(NAMING, `${NAMING.replace('__name', '__className')}var __name=(target)=>target;`)
    .replaceAll('static{__name(this,', 'static{__className(this,');
  if (!renamed.includes(`static{__className(this,"HealthController")`) || !renamed.includes('var __className'))
    throw new Error('esbuild keeps names in another way now: check what it costs a request');
  return renamed;
};

// V8 keeps the source text in memory, and needs twice the space for all of it if one character is not Latin-1. esbuild does not escape
// those in regular expressions.
const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
const ascii = (text) => text.replaceAll(/[^\0-\x7f]/g, escaped);

/** Bundles dist/main.js and everything it imports into one file. The benchmark replaces modules by plugins of its own. */
export async function bundle(outfile, plugins = []) {
  const { outputFiles } = await build({
    entryPoints: ['dist/main.js'],
    outfile,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: [
      // Nest checks whether these are installed; they are not.
      '@fastify/static',
      '@nestjs/microservices',
      '@nestjs/websockets',
      // The former path of class-transformer's storage, which is found at its new path.
      'class-transformer/storage',
      // Its files are served from node_modules.
      'swagger-ui-dist',
    ],
    banner: {
      // CommonJS modules need these, and an ES module lacks them.
      js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url),__dirname=import.meta.dirname;",
    },
    // Only whitespace is removed: the OpenAPI document and the log use the names of classes, and stack traces should be readable.
    keepNames: true,
    minifyWhitespace: true,
    lineLimit: 160,
    sourcemap: true,
    sourcesContent: false,
    plugins: [oneClassValidator, ...plugins],
    logLevel: 'warning',
  });

  await Promise.all(
    outputFiles.map(({ path, text }) => writeFile(path, path.endsWith('.js') ? ascii(namingClassesOnly(text)) : text)),
  );
}

// The benchmark imports this file.
if (realpathSync(process.argv[1]) === import.meta.filename) await bundle('dist/main.bundle.js');
