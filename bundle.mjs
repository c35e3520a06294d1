// A program, the second half of `npm run build`: dist/main.js and all it imports in one file, which is ready in half the
// time (decision 63).
import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

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
  logLevel: 'warning',
});

// V8 keeps the text, and needs twice the room for all of it if one character is not Latin; esbuild leaves those of regular
// expressions.
const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
const ascii = (text) => text.replaceAll(/[^\0-\x7f]/g, escaped);

await Promise.all(outputFiles.map(({ path, text }) => writeFile(path, path.endsWith('.js') ? ascii(text) : text)));
