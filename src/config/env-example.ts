import type { Setting, Settings } from './setting.js';

const head = `# Copy this file to .env, uncomment the settings you need, and start with
#   node --env-file=.env dist/main.bundle.js
# Nothing needs to be set: without LOGTO_ENDPOINT the gateway runs on its built-in sandbox.`;

/** The text of `.env.example`: every setting with its description, all commented out. */
export const envExample = (table: Settings): string =>
  `${[head, ...Object.entries(table).map(([name, setting]) => entry(name, setting))].join('\n\n')}\n`;

const entry = (name: string, setting: Setting<unknown>): string =>
  [...wrap(`${setting.description} Default: ${setting.default ?? setting.unset ?? 'none'}.`), assignment(name, setting)]
    .map((line) => `# ${line}`)
    .join('\n');

const assignment = (name: string, setting: Setting<unknown>): string =>
  `${name}=${setting.example ?? setting.default ?? ''}`;

/** Lines of at most 100 characters. */
function wrap(text: string): string[] {
  return (
    text
      .replaceAll('`', '')
      .match(/.{1,100}(?:\s|$)/g)
      ?.map((line) => line.trimEnd()) ?? []
  );
}
