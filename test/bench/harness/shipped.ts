import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../../../package.json', import.meta.url));
const IMAGE = fileURLToPath(new URL('../../../../Dockerfile', import.meta.url));

/** What `npm start` gives Node beside the program; the image gives it the same. */
export const shippedFlags = (): readonly string[] => {
  const { scripts } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly scripts: { readonly start: string } };
  const words = scripts.start.split(' ');
  return words.slice(words.lastIndexOf('node') + 1).filter((word) => word.startsWith('--'));
};

/** What the image's environment says, but for where to listen: a benchmark stays on this machine. */
export const shippedEnvironment = (): Readonly<Record<string, string>> => {
  const lines = readFileSync(IMAGE, 'utf8').split('\n');
  const settings = lines.filter((line) => line.startsWith('ENV ')).flatMap((line) => line.split(' ').slice(1));
  const pairs = settings.map((setting) => setting.split('=', 2) as [string, string]);
  return Object.fromEntries(pairs.filter(([name]) => name !== 'HOST'));
};
