// The arrows of the house: apps -> testing, ai -> kilostep -> core -> zod, and never back.

const source = '^(packages|apps)/[^/]+/src/'
const notSource = ['\\.(test|test-d|bench)\\.ts$', '/fixtures/']

/** @param {string} from @param {string} name @param {readonly string[]} allowed @param {string} because */
const mayImport = (from, name, allowed, because) => ({
  name,
  comment: because,
  severity: 'error',
  from: { path: `^${from}/src/`, pathNot: notSource },
  to: { path: '^(packages|apps|test|examples)/', pathNot: allowed.map((path) => `^${path}/`) },
})

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'Modules that need each other at run time are one module, or hide a third one. Types may name each other: a worker may return a plan, and a plan names workers.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports it and it imports nothing: delete it, or use it.',
      severity: 'error',
      from: { orphan: true, path: source, pathNot: [...notSource, '/(index|main)\\.ts$'] },
      to: {},
    },
    {
      name: 'no-internals',
      comment: 'Import another package by its name, so that only what it exports can be depended on.',
      severity: 'error',
      from: { path: '^((packages|apps)/[^/]+|test|examples)/' },
      to: {
        path: '^(packages|apps)/[^/]+/',
        pathNot: [
          '^$1/',
          '^packages/[^/]+/src/index\\.ts$',
          '^packages/core/src/reliability/index\\.ts$',
          '^packages/testing/src/vitest\\.ts$',
        ],
      },
    },
    {
      name: 'core-only-zod',
      comment:
        'The core runs in a browser and is replayed to the byte: it knows no platform and no library but zod.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: notSource },
      to: { pathNot: ['^packages/core/src/', '^node_modules/zod/'] },
    },
    mayImport(
      'packages/kilostep',
      'kilostep-only-core',
      ['packages/kilostep', 'packages/core'],
      'The SDK stands on the core alone.',
    ),
    mayImport(
      'packages/ai',
      'ai-only-kilostep',
      ['packages/ai', 'packages/kilostep', 'packages/core'],
      'A model is given what the core knows of plans and options, so it needs the core as well.',
    ),
    mayImport(
      'packages/testing',
      'testing-only-kilostep',
      ['packages/testing', 'packages/kilostep', 'packages/core'],
      'Simulation folds journals by itself, so it needs the core as well.',
    ),
    mayImport(
      'apps/[^/]+',
      'apps-only-packages',
      ['apps', 'packages'],
      'Tests and examples use the apps, not the other way round.',
    ),
    {
      name: 'no-undeclared',
      comment:
        'What a package imports at run time stands in its own package.json, or it breaks when installed.',
      severity: 'error',
      from: { path: source, pathNot: notSource },
      to: {
        dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown', 'npm-dev'],
        // Of the repository's own packages knip sees that they are declared.
        pathNot: '^packages/',
      },
    },
    {
      name: 'no-unresolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|apps)/[^/]+/(dist|assets)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'test/tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@kilostep/source', 'import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
