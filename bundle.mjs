// A program, the second half of `npm run build`: dist/main.js and all it imports in one file, which is ready in half the
// time (decision 63).
import { readFile, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

// `PartialType` and its like look for class-validator by a `require` of their own making, which esbuild cannot follow: a second
// class-validator would be loaded from 350 files beside the one that is in here, and a second class-transformer with a memory of
// its own.
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
        throw new Error('@nestjs/mapped-types requires in another way now: see whether this is still needed');
    });
  },
};

const { outputFiles } = await build({
  entryPoints: ['dist/main.js'],
  outfile: 'dist/main.bundle.js',
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  external: [
    // Nest looks whether they are there; they are not.
    '@fastify/static',
    '@nestjs/microservices',
    '@nestjs/websockets',
    // Where class-transformer's storage lay once; it is found at its new place.
    'class-transformer/storage',
    // Its files are served from where they lie.
    'swagger-ui-dist',
  ],
  banner: {
    // What CommonJS finds in every module, and an ES module lacks.
    js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url),__dirname=import.meta.dirname;",
  },
  // The OpenAPI document and the log call things by the names of their classes, and stacks should be read: only blanks go.
  keepNames: true,
  minifyWhitespace: true,
  lineLimit: 160,
  sourcemap: true,
  sourcesContent: false,
  plugins: [oneClassValidator],
  logLevel: 'warning',
});

// V8 keeps the text, and needs twice the room for all of it if one character is not Latin; esbuild leaves those of regular
// expressions.
const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
const ascii = (text) => text.replaceAll(/[^\0-\x7f]/g, escaped);

await Promise.all(outputFiles.map(({ path, text }) => writeFile(path, path.endsWith('.js') ? ascii(text) : text)));
