const features = '^src/(organizations|members|roles)/';
const aggregates = '^src/(overview|members-with-roles|me|webhooks)/';

// What package.json's scripts start.
const programs = ['^src/main\\.ts$', '^src/(sandbox|provision)/main\\.ts$', '^src/programs/'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment:
        'In a circle of ES modules, a class is still undefined when a decorator reads it, and Nest cannot inject it. Imports of types are allowed, because they do not exist at run time.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'features-stand-alone',
      comment:
        'Organizations, members and roles can each be read, changed and removed alone. Code that needs several of them is a separate feature, such as the overview.',
      severity: 'error',
      from: { path: '^src/(organizations|members|roles)/' },
      to: { path: features, pathNot: '^src/$1/' },
    },
    {
      name: 'foundations-know-no-feature',
      comment:
        'Folders that every feature imports must import no feature. So a feature is added without a change to access, http, upstream or cache.',
      severity: 'error',
      from: {
        path: '^src/(access|admin|audit|cache|config|core|events|http|idempotency|inbound|limits|locks|observability|openapi|process|redis|upstream)/',
        // A spec may use a real request body as its example.
        pathNot: '\\.spec\\.ts$',
      },
      to: { path: [features, aggregates] },
    },
    {
      name: 'features-know-no-aggregate',
      comment: 'Aggregates import features. If a feature imported an aggregate, it would import all features.',
      severity: 'error',
      from: { path: features },
      to: { path: aggregates },
    },
    {
      name: 'subfolders-know-no-parent',
      comment: 'A folder imports its subfolders. Code that they share is in another subfolder, or in a lower folder.',
      severity: 'error',
      from: { path: '^(src/[^/]+)/[^/]+/' },
      to: { path: '^$1/[^/]+$' },
    },
    {
      name: 'only-programs-know-the-root',
      comment: 'The root assembles all folders. A folder that imports it would import every other one.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: programs },
      to: { path: '^src/[^/]+$' },
    },
    {
      name: 'only-the-composition-root-knows-the-sandbox',
      comment:
        'The gateway must not be able to distinguish the sandbox from Logto. Otherwise a test on the sandbox would prove nothing about Logto.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/gateway\\.ts$', '^src/sandbox/', '\\.spec\\.ts$'] },
      to: { path: '^src/sandbox/' },
    },
    {
      name: 'the-sandbox-knows-only-config',
      comment: "A sandbox that shares the gateway's code would share its errors and hide them.",
      severity: 'error',
      from: { path: '^src/sandbox/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(sandbox|config)/' },
    },
    {
      name: 'core-knows-nothing-else',
      comment: 'Many folders import core. It imports nothing, so that it ties them to nothing else.',
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/', pathNot: '^src/core/' },
    },
    {
      name: 'config-knows-nothing-else',
      comment: 'The configuration is read before anything else exists, and also by a sandbox that is started alone.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/', pathNot: '^src/config/' },
    },
    {
      name: 'sources-know-no-tests',
      comment: 'The image has no tests. A source that imports one would fail there and nowhere else.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/|\\.(e2e-)?spec\\.ts$' },
    },
    {
      name: 'sources-know-no-development-packages',
      comment:
        'The image has production dependencies only. Imports of types are allowed, because the build removes them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'packages-are-declared',
      comment:
        'A package that only another package depends on disappears with that one. Every imported package must be in package.json.',
      severity: 'error',
      // The benchmark has its own package.json for its peers, and uses the gateway's packages as well.
      from: { path: '^(src|test)/', pathNot: '^test/bench/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'everything-resolves',
      comment: 'The other rules do not see an import that cannot be resolved.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file without imports that nothing imports was forgotten when its last user was removed.',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(src|test)/',
        // Started by name, and put in by name where the benchmark bundles a variant.
        pathNot: ['\\.spec\\.ts$', '^test/support/push-answers\\.mjs$', '^test/bench/variants/'],
      },
      to: {},
    },
    {
      name: 'every-source-is-reached',
      comment: 'A source that no program reaches is dead code, or it is a test helper and belongs in test/.',
      severity: 'error',
      from: { path: programs },
      to: { path: '^src/', pathNot: ['\\.spec\\.ts$', ...programs], reachable: false },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The peers of the benchmark have separate packages, which only `npm run bench` installs.
    exclude: { path: '^test/bench/(peers|dist|node_modules)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types count, too: a reader has to know both folders.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
