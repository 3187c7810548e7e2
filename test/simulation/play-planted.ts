import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { count } from '@kilostep/core'
import { type Invariant, invariants } from '@kilostep/testing'
import type { Bug } from './planted/bug.ts'
import { inThreads } from './threads.ts'

const page = join(import.meta.dirname, '..', '..', 'docs', 'simulation.md')
const begin = '<!-- planted: written by npm run simulate -- --planted -->'
const end = '<!-- /planted -->'

interface Caught {
  readonly seeds: number
  readonly invariant: Invariant
}

/** Plants each bug and looks for it; with all of them, the table in the documentation is written. The exit code. */
export async function playPlanted(
  bugs: readonly Bug[],
  { most, threads, all }: { readonly most: number; readonly threads: number; readonly all: boolean },
): Promise<number> {
  const caught = new Map<string, Caught>()
  const missed: string[] = []
  await inThreads(
    bugs.map(({ name }) => ({ type: 'bug', name, most })),
    threads,
    (work, { seeds, broken: [first] }) => {
      if (work.type !== 'bug') return true
      const { name } = work
      if (first?.breach === undefined) {
        missed.push(name)
        console.log(`${name}: not found within ${count(most)} seeds`)
        return true
      }
      const { invariant, message } = first.breach
      caught.set(name, { seeds, invariant })
      console.log(
        `${name}: ${invariants[invariant]} (${invariant}), ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`,
      )
      if (!all) console.log(`${message}\nSee it: npm run simulate -- --planted ${name} --seed ${first.seed}`)
      return true
    },
  )
  console.log(`\n${caught.size} of ${bugs.length} planted bugs were found within ${count(most)} seeds.`)
  if (missed.length > 0) {
    console.log(`Not found: ${missed.join(', ')}`)
    return 1
  }
  if (all) {
    writeTable(tableOf(bugs, caught))
    console.log('The table is in docs/simulation.md.')
  }
  return 0
}

function tableOf(bugs: readonly Bug[], caught: ReadonlyMap<string, Caught>): string {
  const rows = bugs.map(({ name, what }) => {
    const { seeds, invariant } = caught.get(name) as Caught
    return `| \`${name}\` | ${what} | ${invariant}. ${invariants[invariant]} | ${seeds} |`
  })
  return ['| planted | what is wrong | found by | seeds |', '| --- | --- | --- | --: |', ...rows].join('\n')
}

function writeTable(table: string): void {
  const text = readFileSync(page, 'utf8')
  const before = text.slice(0, text.indexOf(begin) + begin.length)
  const after = text.slice(text.indexOf(end))
  writeFileSync(page, `${before}\n\n${table}\n\n${after}`)
}
