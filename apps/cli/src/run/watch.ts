import type { Run } from 'kilostep'
import type { Io } from '../io.ts'
import { type ProgressView, progressLine, progressLines } from './progress-text.ts'

/** At most ten times a second: the eye sees no more, and a run of 100,000 subtasks pays for no more. */
const redrawMs = 100
const lineMs = 5_000
const windowMs = 10_000
const shownSlow = 2

/** How a run is watched. */
export interface Watch {
  /** Writes a line that stays, above what is redrawn. */
  say(text: string): void
  stop(): void
}

/** Shows how a run goes on: redrawn on a terminal, a line now and then elsewhere. */
export function watchRun(run: Run, io: Io): Watch {
  const { stderr } = io
  const live = stderr.isTTY && io.env['TERM'] !== 'dumb'
  const view = viewer(run)
  let drawn = 0
  const clear = (): void => {
    if (drawn > 0) stderr.write(`\u001b[${drawn}F\u001b[0J`)
    drawn = 0
  }
  const draw = (): void => {
    const lines = progressLines(view(), stderr.columns)
    const back = drawn > 0 ? `\u001b[${drawn}F\u001b[0J` : ''
    stderr.write(`${back}${lines.join('\n')}\n`)
    drawn = lines.length
  }
  // What a worker prints goes above the progress, and never where the report is expected.
  const restore = io.divertStray((text) => {
    clear()
    stderr.write(live && !text.endsWith('\n') ? `${text}\n` : text)
  })
  const show = live ? draw : (): void => stderr.write(`${progressLine(view())}\n`)
  const timer = setInterval(show, live ? redrawMs : lineMs)
  timer.unref()
  return {
    say(text) {
      clear()
      stderr.write(`${text}\n`)
    },
    stop() {
      clearInterval(timer)
      restore()
      clear()
    },
  }
}

function viewer(run: Run): () => ProgressView {
  const startedAt = performance.now()
  let samples: { readonly at: number; readonly ended: number }[] = [{ at: startedAt, ended: 0 }]
  let lastFailure: ProgressView['lastFailure']
  run.on('attempt-failed', ({ subtask, failure }) => {
    lastFailure = { subtask, message: failure.message }
  })
  return () => {
    const at = performance.now()
    const progress = run.progress()
    samples = [...samples.filter((sample) => at - sample.at <= windowMs), { at, ended: progress.ended }]
    const first = samples[0] as { readonly at: number; readonly ended: number }
    const done = progress.ended - first.ended
    return {
      ...progress,
      elapsedMs: at - startedAt,
      perSecond: done > 0 && at > first.at ? (done / (at - first.at)) * 1_000 : undefined,
      slow: run.inFlight().slice(0, shownSlow),
      lastFailure,
      stopping: progress.phase === 'stopping',
    }
  }
}
