import { availableParallelism } from 'node:os';

export default {
  testEnvironment: 'node',
  // Every core, and one more: tests that wait for a Redis to be missed or to come back use none meanwhile.
  maxWorkers: availableParallelism() + 1,
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts', '**/*.e2e-spec.ts'],
  setupFiles: ['<rootDir>/test/support/fast-check-seed.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  // Sources import './x.js', as Node's ESM wants it; under Jest that file is './x.ts'.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // A busy machine is slow, not wrong; what hangs ends all the same.
  testTimeout: 30_000,
  // v8's own counters: swc's output carries no istanbul marks.
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.spec.ts', '!src/**/main.ts'],
  coverageThreshold: { global: { lines: 90 } },
};
