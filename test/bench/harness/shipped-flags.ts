import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../../../package.json', import.meta.url));

/** Node's flags in `npm start` and in the image. */
export const shippedFlags = (): readonly string[] => {
  const { scripts } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly scripts: { readonly start: string } };
  const words = scripts.start.split(' ');
  return words.slice(words.lastIndexOf('node') + 1).filter((word) => word.startsWith('--'));
};
