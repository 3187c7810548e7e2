import { defineConfig } from 'vitest/config'

// Packages are tested as they are written: their TypeScript, not what was built of it.
const conditions = ['@kilostep/source', 'node', 'import', 'default']
const { CI, GITHUB_ACTIONS } = process.env

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Only to end what hangs: how fast a machine is, is nothing that a test asserts.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', ...(CI ? ['json'] : []), ...(GITHUB_ACTIONS ? ['github-actions'] : [])],
    outputFile: { json: 'coverage/tests.json' },
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-d.ts', '**/fixtures/**'],
      reporter: ['text-summary', 'html', 'lcov'],
      // Threads and processes of their own are tried but not counted here.
      thresholds: { lines: 80, statements: 80, functions: 80, branches: 75 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'source',
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/*/src/**/*.test.ts',
            'test/**/*.test.ts',
            'examples/**/*.test.ts',
          ],
          exclude: ['test/package/**', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: { name: 'package', include: ['test/package/**/*.test.ts'] },
      },
    ],
  },
})
