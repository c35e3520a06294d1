/**
 * Folders, without the tests: a spec imports what its folder must not, and helpers under test/ import everything.
 * A subfolder counts as part of its parents here; that it imports none of them is a rule of the other file.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const { options } = require('./.dependency-cruiser.cjs');

module.exports = {
  forbidden: [
    {
      name: 'folders-form-no-circle',
      comment:
        'Folders in a circle can only be read, changed and removed together. Imports of types count, too: a reader has to know both folders.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/' },
      to: { circular: true },
    },
  ],
  options: { ...options, exclude: { path: '\\.spec\\.ts$' } },
};
