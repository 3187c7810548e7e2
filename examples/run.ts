import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/* `npm run example -- 01` runs the example whose folder starts with 01; without a number it lists them. */
const wanted = process.argv[2] ?? ''
const examples = readdirSync(import.meta.dirname).filter((name) => /^\d\d-/.test(name))
const folder = examples.find((name) => wanted !== '' && name.startsWith(wanted.padStart(2, '0')))
if (folder === undefined) {
  process.stdout.write(
    `Give the number of an example:\n${examples.map((name) => `  npm run example -- ${name.slice(0, 2)}   ${name.slice(3)}\n`).join('')}`,
  )
  process.exitCode = wanted === '' ? 0 : 2
} else {
  const main = join(import.meta.dirname, folder, 'main.ts')
  const plan = join(import.meta.dirname, folder, 'plan.yaml')
  const cli = join(import.meta.dirname, '..', 'apps', 'cli', 'src', 'main.ts')
  const program = existsSync(main) ? [main] : [cli, 'run', plan, '--allow-commands']
  const { status } = spawnSync(
    process.execPath,
    ['--conditions=@kilostep/source', ...program, ...process.argv.slice(3)],
    { stdio: 'inherit' },
  )
  process.exitCode = status ?? 1
}
