const features = '^src/(organizations|members|roles)/';
const composition = '^src/(gateway|main)\\.ts$|^src/openapi/';

// What package.json's scripts start.
const programs = ['^src/main\\.ts$', '^src/(sandbox|provision)/main\\.ts$', '^src/(config|openapi)/write[a-z-]*\\.ts$'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment:
        'Under ESM a class of a circle is undefined while a decorator reads it, and Nest cannot inject it. Types alone may point both ways: they are gone at run time.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'features-stand-alone',
      comment:
        'Organizations, members and roles can each be read, changed and taken out alone. What needs several of them is a feature of its own, such as the overview.',
      severity: 'error',
      from: { path: '^src/(organizations|members|roles)/' },
      to: { path: features, pathNot: '^src/$1/' },
    },
    {
      name: 'foundations-know-no-feature',
      comment:
        'What every feature stands on must not know who stands on it: a feature is added without touching access, http, upstream, cache and their like.',
      severity: 'error',
      from: {
        path: '^src/(access|audit|cache|config|context|edge|events|http|idempotency|limits|observability|process|redis|upstream)/',
        // A spec may take a real request body for its example.
        pathNot: '\\.spec\\.ts$',
      },
      to: { path: '^src/(organizations|members|roles|overview|enrolment|me|webhooks)/' },
    },
    {
      name: 'features-know-no-aggregate',
      comment: 'Aggregates are made of features. The other way round every feature would drag all of them along.',
      severity: 'error',
      from: { path: features },
      to: { path: '^src/(overview|enrolment|me|webhooks)/' },
    },
    {
      name: 'only-the-composition-root-knows-the-sandbox',
      comment:
        'The gateway must not be able to tell the sandbox from a Logto; otherwise what works on the one proves nothing about the other.',
      severity: 'error',
      from: { path: '^src/', pathNot: [composition, '^src/sandbox/', '\\.spec\\.ts$'] },
      to: { path: '^src/sandbox/' },
    },
    {
      name: 'the-sandbox-knows-only-config',
      comment: "A look-alike that shares the gateway's code shares its errors, and then agrees with them.",
      severity: 'error',
      from: { path: '^src/sandbox/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(sandbox|config)/' },
    },
    {
      name: 'config-knows-nothing-else',
      comment: 'The configuration is read before anything else exists, and by the sandbox started alone, too.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/', pathNot: '^src/config/' },
    },
    {
      name: 'sources-know-no-tests',
      comment: 'Tests are not shipped; a source that imports one fails in the image and nowhere else.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/|\\.(e2e-)?spec\\.ts$' },
    },
    {
      name: 'sources-know-no-development-packages',
      comment: 'The image holds production dependencies only. Types are free: they are gone before the image is made.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'packages-are-declared',
      comment:
        'A package that is only there because another one brought it disappears with that one. Everything imported stands in package.json.',
      severity: 'error',
      // The benchmark has a package.json of its own for its peers, and takes what the gateway has from the gateway's.
      from: { path: '^(src|test)/', pathNot: '^test/bench/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere also means that the other rules do not see it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      comment: 'What nothing imports and imports nothing was forgotten when its last user went.',
      severity: 'error',
      from: { orphan: true, path: '^(src|test)/', pathNot: ['\\.spec\\.ts$', '^test/support/push-answers\\.mjs$'] },
      to: {},
    },
    {
      name: 'every-source-is-reached',
      comment:
        'A source nobody reaches from a program that is started is dead, or it is a test helper and belongs under test/.',
      severity: 'error',
      from: { path: programs },
      to: { path: '^src/', pathNot: ['\\.spec\\.ts$', ...programs], reachable: false },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The benchmark's peers have packages of their own, which only `npm run bench` installs.
    exclude: { path: '^test/bench/(peers|dist|node_modules)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types count as well: they tie folders together for whoever reads them.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
