import { counted, plainText, quote } from '@kilostep/core'
import { type Replay, replayRun } from 'kilostep'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { openJournal, openLog } from './open-journal.ts'

export interface ReplayOptions {
  readonly journal: string
  readonly json?: boolean
}

const exitCodes = { same: exitCode.succeeded, different: exitCode.failed, 'nothing-kept': exitCode.usage }

/** Folds the journal of a run again and says whether its report is still what it was. Returns the exit code. */
export async function replayed(run: string, options: ReplayOptions, io: Io): Promise<number> {
  const journal = openJournal(options.journal, io.folder)
  try {
    await openLog(journal, run)
    const replay = await replayRun(journal, run)
    io.stdout.write(options.json ? `${JSON.stringify(replay, null, 2)}\n` : textOf(replay))
    return exitCodes[replay.verdict]
  } finally {
    await journal.close?.()
  }
}

function textOf(replay: Replay): string {
  const name = `Run ${quote(replay.run)}`
  const events = counted(replay.events, 'event')
  switch (replay.verdict) {
    case 'same': {
      if (replay.added.length === 0)
        return `${name}: ${events}, folded again, give the stored report byte for byte.\n`
      return (
        `${name}: ${events}, folded again, give the stored report,\n` +
        `and what a newer Kilostep has added to reports: ${replay.added.join(', ')}.\n`
      )
    }
    case 'nothing-kept':
      return replay.report.status === 'running'
        ? `${name} has not ended: there is no report yet that its ${events} could be compared with.\n`
        : `${name}: ${events} can be folded, but no report is stored: it ended under an older Kilostep.\n`
    case 'different': {
      const lines = replay.differences.map(
        ({ where, kept, now }) => `  ${where}: ${shown(kept)} then, ${shown(now)} now\n`,
      )
      const differs =
        lines.length === 0 ? '' : `The report of ${name.toLowerCase()} differs:\n${lines.join('')}`
      return differs + firstText(replay, name)
    }
  }
}

function firstText({ diverges }: Replay, name: string): string {
  if (diverges === undefined)
    return 'Every event does as it did: what is reckoned from them is reckoned otherwise by this Kilostep.\n'
  const { event, type, subtask, at, problem } = diverges
  if (type === undefined) return `${name} is cut off at event ${event}: ${problem}.\n`
  const of = subtask === undefined ? '' : ` of ${quote(subtask)}`
  const when = at === undefined ? '' : `, ${new Date(at).toISOString()}`
  const why = problem === undefined ? '' : `: ${plainText(problem)}`
  return `The first event that does not do as it did is event ${event}, ${type}${of}${when}${why}.\n`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return plainText(text.length > 80 ? `${text.slice(0, 79)}…` : text)
}
