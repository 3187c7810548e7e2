import { count, plainText } from '@kilostep/core'
import type { RunEntry } from 'kilostep'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { openJournal } from './open-journal.ts'

export interface ListOptions {
  readonly journal: string
  readonly json?: boolean
}

/** Lists the runs of a journal, the latest first. Returns the exit code. */
export async function listRuns({ journal: file, json }: ListOptions, io: Io): Promise<number> {
  const journal = openJournal(file, io.folder)
  try {
    const runs = await journal.runs()
    if (json) io.stdout.write(`${JSON.stringify(runs, null, 2)}\n`)
    else io.stdout.write(runs.length === 0 ? 'No runs.\n' : table(runs))
    return exitCode.succeeded
  } finally {
    await journal.close?.()
  }
}

function table(runs: readonly RunEntry[]): string {
  const rows = runs.map(({ run, plan, startedAt, status, taken, events }) => [
    plainText(run),
    plainText(plan),
    new Date(startedAt).toISOString().slice(0, 19).replace('T', ' '),
    status !== 'open' ? status : taken ? 'running' : 'interrupted',
    count(events),
  ])
  const lines = [['run', 'plan', 'started (UTC)', 'status', 'events'], ...rows]
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...lines.map((line) => (line[column] as string).length)),
  )
  return lines
    .map((line) => `${line.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}\n`)
    .join('')
}
