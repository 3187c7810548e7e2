import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { bugs } from './planted/bugs.ts'
import { playOne } from './play-one.ts'
import { playPlanted } from './play-planted.ts'
import { playSeeds } from './play-seeds.ts'

const usage = `Plays runs on the real engine in a simulated world, and sees whether anything breaks that must never break.

  npm run simulate -- --seeds 10000             plays seeds 0 to 9999; the first that breaks something is told
  npm run simulate -- --seed 17                 plays one seed and shows all that happened in it
  npm run simulate -- --planted                 plants ${bugs.length} bugs, sees that each is found, and writes the table into docs/simulation.md
  npm run simulate -- --planted no-sync         plants one of them
  npm run simulate -- --planted no-sync --seed 5
  --from 10000                                  begins with another seed than 0
  --threads 2                                   how many threads to use; default: one for each processor
`

const faults: string[] = []
const whole = (name: string, text: string | undefined, least: number): number | undefined => {
  if (text === undefined) return undefined
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < least || text.trim() === '')
    faults.push(`--${name} is ${JSON.stringify(text)}; give a whole number, ${least} or more.`)
  return number
}

process.exitCode = await main()

async function main(): Promise<number> {
  let parsed: ReturnType<typeof read>
  try {
    parsed = read()
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    return 2
  }
  const { values, positionals } = parsed
  if (values.help) {
    console.log(usage)
    return 0
  }
  const seeds = whole('seeds', values.seeds, 1)
  const seed = whole('seed', values.seed, 0)
  const from = whole('from', values.from, 0) ?? 0
  const threads = whole('threads', values.threads, 1) ?? availableParallelism()
  const [name, ...more] = positionals
  const planted = values.planted === true
  if (more.length > 0 || (name !== undefined && !planted))
    faults.push(`There is nothing to do with ${positionals.join(' ')}.`)
  const chosen = name === undefined ? bugs : bugs.filter((bug) => bug.name === name)
  if (chosen.length === 0)
    faults.push(`There is no planted bug "${name}". There are ${bugs.map((bug) => bug.name).join(', ')}.`)
  if (planted && seed !== undefined && name === undefined)
    faults.push('Say which bug: --planted NAME --seed N.')
  if (faults.length > 0) {
    console.error(`${faults.join('\n')}\n\n${usage}`)
    return 2
  }
  if (seed !== undefined) return playOne(seed, planted ? chosen[0] : undefined)
  if (planted) return playPlanted(chosen, { most: seeds ?? 10_000, threads, all: name === undefined })
  return playSeeds({ from, to: from + (seeds ?? 1_000), threads })
}

function read() {
  return parseArgs({
    allowPositionals: true,
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      from: { type: 'string' },
      threads: { type: 'string' },
      planted: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
}
