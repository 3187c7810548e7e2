import {
  checkPlan,
  emptyState,
  evolve,
  type JournalEvent,
  KilostepError,
  nodeOf,
  quote,
  type RunReport,
  type RunState,
  runOptionsSchema,
  runReport,
} from '@kilostep/core'
import type { RunEvent } from 'kilostep'

/**
 * The report of a run from the lines of its `--events` file: the same fold over the same events, so the same report.
 * A last line that is cut off, as a crash leaves it, is left out, and `cut` says so.
 *
 * @throws KilostepError `invalid-events` that names the line.
 */
export async function reportOfEvents(
  lines: AsyncIterable<string> | Iterable<string>,
  file: string,
): Promise<{ readonly report: RunReport; readonly cut: boolean }> {
  const state = emptyState()
  let number = 0
  let broken: number | undefined
  for await (const line of lines) {
    number++
    if (broken !== undefined) throw invalid(file, broken, 'is not JSON')
    if (line.trim() === '') continue
    const event = parsed(line)
    if (event === undefined) broken = number
    else fold(state, event, file, number)
  }
  if (state.phase === 'new') throw invalid(file, 1, 'is not the start of a run')
  return { report: runReport(state), cut: broken !== undefined }
}

function parsed(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent
  } catch {
    return undefined
  }
}

function fold(state: RunState, event: RunEvent, file: string, line: number): void {
  const { type } = (event ?? {}) as { readonly type?: unknown }
  if (typeof type !== 'string') throw invalid(file, line, 'is not an event')
  if (state.phase === 'new') requireStart(event, file, line)
  else if (type === 'run-started')
    throw invalid(file, line, 'starts a second run; give each run a file of its own')
  try {
    evolve(state, journalEvent(state, event))
  } catch (error) {
    if (error instanceof KilostepError) throw error
    throw invalid(file, line, `does not follow from the lines before it (${(error as Error).message})`)
  }
}

function requireStart(event: RunEvent, file: string, line: number): void {
  if (event.type !== 'run-started') throw invalid(file, line, 'is not the start of a run')
  if (event.version !== 1)
    throw invalid(file, line, `is of form ${event.version}, and this Kilostep reads form 1; update Kilostep`)
  const { plan } = checkPlan(event.plan)
  const fine =
    plan !== undefined && Array.isArray(event.workers) && runOptionsSchema.safeParse(event.options).success
  if (!fine) throw invalid(file, line, 'holds a plan or options that cannot be read')
}

/** A public event as the journal has it: numbers in place of ids. */
function journalEvent(state: RunState, event: RunEvent): JournalEvent {
  if (!('subtask' in event)) return event as JournalEvent
  const known = (id: string): number => {
    const node = nodeOf(state.graph, id)
    if (node === undefined) throw new Error(`there is no ${quote(String(id))}`)
    return node
  }
  const { subtask, worker: _, ...rest } = event
  const result: Record<string, unknown> = { ...rest, node: known(subtask) }
  if ('cause' in event && typeof event.cause === 'string') result['cause'] = known(event.cause)
  if ('suspects' in event) result['suspects'] = event.suspects.map(known)
  return result as unknown as JournalEvent
}

function invalid(file: string, line: number, problem: string): KilostepError {
  return new KilostepError(
    'invalid-events',
    `Line ${line} of ${quote(file)} ${problem}. Give a file that kilostep run --events or --report wrote.`,
  )
}
