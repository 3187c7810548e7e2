import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/* `npm run crash`: a run of 1,000 subtasks that is killed at 100 random moments; `npm run crash -- 20 other-seed`. */
const [crashes = '100', seed = 'seven'] = process.argv.slice(2)
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'source', 'test/crash/crash.test.ts'],
  {
    stdio: 'inherit',
    env: { ...process.env, CRASHES: crashes, CRASH_SEED: seed },
  },
)
process.exit(status ?? 1)
