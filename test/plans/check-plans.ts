import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { summary } from './summary.ts'
import { judgePlan, readTools } from './written-plan.ts'

const usage = `npm run -s check:plans -- <plans.jsonl> <tools.json> [--json] [--verdicts FILE]

Reads plans that a model wrote, one JSON object a line, and says of each whether it is accepted, mended or rejected.

  --json            only { accepted, mended, rejected, faults: { kind: count } }; a kind counts the plans that have it.
                    With "remarks" where arguments name other nodes than the links do
  --verdicts FILE   writes each plan's verdict there, with what was mended and every fault, one JSON object a line`

/** Without the mark that some editors put first. */
function textOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, verdicts: { type: 'string' }, help: { type: 'boolean' } },
  })
  const [plansFile, toolsFile, ...more] = positionals
  if (values.help) console.log(usage)
  else if (plansFile === undefined || toolsFile === undefined || more.length > 0) {
    console.error(usage)
    process.exitCode = 2
  } else {
    const workers = readTools(textOf(toolsFile), toolsFile)
    const verdicts = textOf(plansFile)
      .split('\n')
      .flatMap((line, at) => (line.trim() === '' ? [] : [judgePlan(line, `line ${at + 1}`, workers)]))
    const summed = summary(verdicts)
    if (values.verdicts !== undefined)
      writeFileSync(values.verdicts, verdicts.map((verdict) => `${JSON.stringify(verdict)}\n`).join(''))
    if (values.json) console.log(JSON.stringify(summed))
    else {
      console.log(
        `${verdicts.length} plans: ${summed.accepted} accepted, ${summed.mended} mended, ${summed.rejected} rejected`,
      )
      const list = (kinds: Readonly<Record<string, number>> = {}): void => {
        for (const [kind, count] of Object.entries(kinds))
          console.log(`${String(count).padStart(6)}  ${kind}`)
      }
      list(summed.faults)
      if (summed.remarks !== undefined) console.log('No faults, but worth a look:')
      list(summed.remarks)
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 2
}
