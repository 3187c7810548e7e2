/*
 * Prints, from fixed seeds, what Kilostep reaches: every figure by runs of the real engine with workers whose rate of
 * right answers the rules are not told. npm run bench:reliability -- [--table 1,3] [--seed text] [--concurrency 1|64|N]
 * [--plans n] [--outcomes file] [--full] [--json]
 */
import { parseArgs } from 'node:util'
import { hanoiTable } from './hanoi.ts'
import { mixesTable } from './mixes.ts'
import { oneRateTable } from './one-rate.ts'
import { outcomesTable } from './outcomes.ts'
import { predictionTable } from './prediction.ts'
import { type MakeTable, type Settings, tableText } from './settings.ts'
import { verifierTable } from './verifier.ts'

const tables: Readonly<{ [name: string]: MakeTable }> = {
  1: oneRateTable,
  2: mixesTable,
  3: hanoiTable,
  4: verifierTable,
  5: predictionTable,
  6: outcomesTable,
}

const { values } = parseArgs({
  options: {
    table: { type: 'string', default: Object.keys(tables).join(',') },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string' },
    plans: { type: 'string' },
    outcomes: { type: 'string' },
    full: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const settings: Settings = {
  seed: values.seed,
  concurrency: values.concurrency === 'N' ? 'N' : whole('concurrency', values.concurrency),
  plans: whole('plans', values.plans),
  full: values.full,
  outcomes: values.outcomes,
  say: (line) => process.stderr.write(`${line}\n`),
}

const made: unknown[] = []
for (const name of values.table.split(',')) {
  const make = tables[name]
  if (make === undefined) refuse(`There is no table ${name}. Choose from ${Object.keys(tables).join(', ')}.`)
  const begun = performance.now()
  const table = await make(settings)
  settings.say(`table ${name}: ${((performance.now() - begun) / 1_000).toFixed(0)} s`)
  if (values.json) made.push(table)
  else process.stdout.write(`${tableText(table)}\n\n`)
}
if (values.json)
  process.stdout.write(
    `${JSON.stringify({ seed: settings.seed, full: settings.full, tables: made }, null, 2)}\n`,
  )

function whole(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) refuse(`--${option} is ${text}; give a whole number from 1 on.`)
  return value
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
