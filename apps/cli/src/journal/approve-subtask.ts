import { fitted, KilostepError, plainText, quote } from '@kilostep/core'
import { type DecisionOptions, decideSubtask, type Journal, type Waiting, waitingSubtasks } from 'kilostep'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { openJournal, openLog } from './open-journal.ts'

export interface ApproveOptions {
  readonly journal: string
  readonly reject?: string
  readonly answer?: string
  readonly json?: boolean
}

const meaning = {
  approval: 'waits for an approval',
  answer: 'waits for an answer',
  unsure: 'was in flight when its host was lost, and must not be done twice',
}

/** Decides on a subtask that waits for it, or lists those that do. Returns the exit code. */
export async function approve(
  run: string,
  subtask: string | undefined,
  options: ApproveOptions,
  io: Io,
): Promise<number> {
  const decision = await decisionOf(subtask, options, io)
  const journal = openJournal(options.journal, io.folder)
  try {
    await openLog(journal, run)
    if (subtask === undefined) await list(journal, run, options, io)
    else {
      await decideSubtask(journal, run, subtask, decision)
      const taken = (await journal.runs()).some((entry) => entry.run === run && entry.taken)
      const then = taken
        ? 'the process that has the run goes on with it.'
        : `it counts when the run goes on: kilostep resume ${quote(run)} --journal ${quote(options.journal)}`
      io.stdout.write(`${done(subtask, decision)}; ${then}\n`)
    }
    return exitCode.succeeded
  } finally {
    await journal.close?.()
  }
}

async function decisionOf(
  subtask: string | undefined,
  { reject, answer }: ApproveOptions,
  io: Io,
): Promise<DecisionOptions> {
  if (reject !== undefined && answer !== undefined)
    throw new KilostepError('usage', '--reject and --answer cannot both be: give one of them.')
  if (subtask === undefined && (reject ?? answer) !== undefined)
    throw new KilostepError('usage', 'Say which subtask: kilostep approve <run> <subtask>.')
  if (reject !== undefined) {
    if (reject === '') throw new KilostepError('usage', '--reject takes a reason.')
    return { reject }
  }
  if (answer === undefined) return { approve: true }
  const text = answer === '-' ? await io.readStdin() : answer
  try {
    return { answer: JSON.parse(text) }
  } catch {
    throw new KilostepError(
      'usage',
      `--answer takes JSON, and ${quote(text.slice(0, 60))} is none. A text is '"so"'.`,
    )
  }
}

async function list(journal: Journal, run: string, { json }: ApproveOptions, io: Io): Promise<void> {
  const waiting = await waitingSubtasks(journal, run)
  if (json) io.stdout.write(`${JSON.stringify(waiting, null, 2)}\n`)
  else if (waiting.length === 0) io.stdout.write('Nothing waits for a decision.\n')
  else for (const one of waiting) io.stdout.write(lines(one, io.stdout.columns))
}

function lines({ subtask, for: awaited, worker, input }: Waiting, columns: number): string {
  const given = fitted(plainText(JSON.stringify(input)), Math.max(20, columns - 9))
  return `${plainText(subtask)} (${plainText(worker)}) ${meaning[awaited]}\n  given: ${given}\n`
}

function done(subtask: string, decision: DecisionOptions): string {
  const what = 'approve' in decision ? 'approved' : 'reject' in decision ? 'rejected' : 'answered'
  return `${quote(subtask)} is ${what}`
}
