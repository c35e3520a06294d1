import { seed } from './seed.js';

// Without TEST_SEED each property takes a new seed, and prints it when it fails. Few tests need fast-check.
if (process.env['TEST_SEED'] !== undefined) {
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ seed });
}
