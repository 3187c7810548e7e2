import { fitted, percent, plainText } from '@kilostep/core'
import type { GateProgress } from '@kilostep/testing'
import type { Io } from '../io.ts'

const redrawMs = 100
const lineMs = 5_000
const narrowest = 20

/** Shows how a gate goes on: a line that is redrawn on a terminal, a line now and then elsewhere. */
export function watchTrials(
  name: string,
  { stderr, env }: Io,
): { say(progress: GateProgress): void; end(): void } {
  const live = stderr.isTTY && env['TERM'] !== 'dumb'
  let saidAt = live ? Number.NEGATIVE_INFINITY : 0
  let shown = false
  const clear = (): void => {
    if (shown) stderr.write('\r\u001b[K')
    shown = false
  }
  return {
    say(progress) {
      if (progress.elapsedMs - saidAt < (live ? redrawMs : lineMs)) return
      saidAt = progress.elapsedMs
      const line = fitted(progressText(name, progress), live ? Math.max(narrowest, stderr.columns - 1) : 400)
      stderr.write(live ? `\r\u001b[K${line}` : `${line}\n`)
      shown = live
    },
    end: clear,
  }
}

function progressText(name: string, { passed, failed, repeated, inFlight, maxTrials }: GateProgress): string {
  const ended = passed + failed
  const rate = ended === 0 ? '' : ` (${percent(passed / ended)})`
  const cached = repeated > 0 ? `, ${repeated} out of a cache` : ''
  return `${plainText(name)}: ${passed} of ${ended} trials passed${rate}${cached}, ${inFlight} in flight, at most ${maxTrials}`
}
