import { count, counted, duration, fitted, percent, plainText } from '@kilostep/core'

/** What is shown of a run that goes on. */
export interface ProgressView {
  readonly planned: number
  readonly ended: number
  readonly failed: number
  readonly retries: number
  readonly inFlight: number
  /** Waiting for the time of a retry. */
  readonly waiting: number
  /** Attempts that do not stop though they were told to. */
  readonly stuck: number
  readonly elapsedMs: number
  /** Subtasks that end in a second, lately; undefined where none has. */
  readonly perSecond: number | undefined
  /** The attempts in flight that take longest. */
  readonly slow: readonly { readonly subtask: string; readonly sinceMs: number }[]
  readonly lastFailure: { readonly subtask: string; readonly message: string } | undefined
  readonly stopping: boolean
}

const slowMs = 1_000
const barWidth = 20

/** The lines that a terminal shows and redraws, each short enough for it. */
export function progressLines(view: ProgressView, columns: number): string[] {
  const width = Math.max(20, columns - 1)
  const { planned, ended, failed, retries, inFlight, waiting, stuck, stopping } = view
  const filled = planned === 0 ? 0 : Math.floor((ended / planned) * barWidth)
  const bar = width < 60 ? '' : `[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}] `
  const lines = [
    `${bar}${[`${count(ended)} of ${count(planned)}`, share(view), ...pace(view)].join('  ')}`,
    [
      `${count(inFlight)} in flight`,
      `${count(failed)} failed`,
      retriesText(retries),
      ...(waiting > 0 ? [`${count(waiting)} waiting to retry`] : []),
      ...(stuck > 0 ? [`${count(stuck)} not stopping`] : []),
      ...(stopping ? ['stopping'] : []),
    ].join('  '),
    ...slowText(view),
    ...failureText(view),
  ]
  return lines.map((line) => fitted(line, width))
}

/** One line for a log, where nothing can be redrawn. */
export function progressLine(view: ProgressView): string {
  const { ended, planned, failed, retries, elapsedMs, stopping } = view
  const parts = [
    `${count(ended)} of ${counted(planned, 'subtask')} (${share(view)})`,
    ...pace(view),
    `${count(failed)} failed`,
    retriesText(retries),
    ...slowText(view),
    ...failureText(view),
    ...(stopping ? ['stopping'] : []),
  ]
  return fitted(`${duration(elapsedMs)}: ${parts.join(', ')}`, 400)
}

function retriesText(retries: number): string {
  return `${count(retries)} ${retries === 1 ? 'retry' : 'retries'}`
}

function share({ ended, planned }: ProgressView): string {
  return percent(planned === 0 ? 0 : ended / planned)
}

function pace({ perSecond, planned, ended }: ProgressView): string[] {
  if (perSecond === undefined) return []
  const rate = perSecond >= 10 ? count(perSecond) : perSecond.toFixed(1)
  const left = planned > ended ? [`${duration(((planned - ended) / perSecond) * 1_000)} left`] : []
  return [`${rate}/s`, ...left]
}

function slowText({ slow }: ProgressView): string[] {
  const slowest = slow.filter(({ sinceMs }) => sinceMs >= slowMs)
  if (slowest.length === 0) return []
  return [
    `slow: ${slowest.map(({ subtask, sinceMs }) => `${name(subtask)} ${duration(sinceMs)}`).join(', ')}`,
  ]
}

function failureText({ lastFailure }: ProgressView): string[] {
  if (lastFailure === undefined) return []
  return [`failed last: ${name(lastFailure.subtask)}: ${fitted(plainText(lastFailure.message), 200)}`]
}

function name(subtask: string): string {
  return fitted(plainText(subtask), 40)
}
