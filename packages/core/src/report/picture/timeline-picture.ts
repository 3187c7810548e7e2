import { count, duration } from '../numbers.ts'
import { label, line, path, rect, svg } from './svg.ts'

const width = 980
const height = 240
const left = 56
const right = 20
const top = 18
const bottom = 36

/** What was done by when: subtasks that had succeeded, and marks where some failed. */
export function timelinePicture(timeline: {
  readonly binMs: number
  readonly succeeded: readonly number[]
  readonly failed: readonly number[]
}): string {
  const { binMs, succeeded, failed } = timeline
  const bins = succeeded.length
  const all = succeeded.reduce((sum, one) => sum + one, 0)
  const lost = failed.reduce((sum, one) => sum + one, 0)
  const most = Math.max(1, all)
  const floor = height - bottom
  const x = (bin: number): number => left + ((width - left - right) * bin) / bins
  const y = (done: number): number => floor - ((floor - top) * done) / most
  let done = 0
  const steps: (readonly [number, number])[] = [[x(0), y(0)]]
  succeeded.forEach((one, bin) => {
    done += one
    steps.push([x(bin + 1), y(done)])
  })
  const parts: string[] = []
  for (const share of [0, 0.5, 1]) {
    parts.push(line(left, y(share * most), width - right, y(share * most), 'grid'))
    if (share !== 0.5 || most > 1)
      parts.push(label(left - 8, y(share * most) + 4, count(share * most), 'end'))
  }
  parts.push(path([...steps, [x(bins), floor], [x(0), floor]], 'area', 'Z'), path(steps, 'reached'))
  failed.forEach((one, bin) => {
    if (one === 0) return
    const at = duration((bin + 0.5) * binMs)
    parts.push(
      rect(
        x(bin) + 1,
        top,
        Math.max(3, x(1) - x(0) - 2),
        floor - top,
        'failed',
        `${count(one)} failed at about ${at}`,
      ),
    )
  })
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle'
    parts.push(label(x(bins * share), floor + 18, duration(binMs * bins * share), anchor))
  }
  const bad = lost > 0 ? `, ${count(lost)} failed` : ''
  const title = `Timeline: ${count(all)} succeeded within ${duration(binMs * bins)}${bad}.`
  return svg({ title, width, height, body: parts.join('') })
}
