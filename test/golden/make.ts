import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyState, emptyTrail, evolve, mark, marksOf, runReport } from '@kilostep/core'
import { runsOfToday } from './shapes.ts'

/*
 * Makes journals of today for every later version to read: `npm run golden -- 2027-03`. They are made once and never
 * again; a folder that is there stays as it is.
 */
const [name = ''] = process.argv.slice(2)
const folder = join(import.meta.dirname, name)
if (!/^\d{4}-\d\d(-\d\d)?$/.test(name) || existsSync(folder)) {
  const why = existsSync(folder) && name !== '' ? `${name} is there already` : 'say of when they are'
  process.stderr.write(
    `No journals were made: ${why}. npm run golden -- ${new Date().toISOString().slice(0, 10)}\n`,
  )
  process.exit(2)
}
mkdirSync(folder)
for await (const { name: run, events } of runsOfToday()) {
  const state = emptyState()
  const trail = emptyTrail()
  for (const event of events) {
    evolve(state, event)
    mark(trail, state, event)
  }
  const lines = events.map((event) => `${JSON.stringify(event)}\n`)
  writeFileSync(join(folder, `${run}.jsonl`), lines.join(''))
  const report = { trail: [...marksOf(trail)], report: runReport(state) }
  writeFileSync(join(folder, `${run}.report.json`), `${JSON.stringify(report)}\n`)
  process.stdout.write(`${run}: ${events.length} events, ${state.outcome?.status ?? 'open'}\n`)
}
process.exit(0)
