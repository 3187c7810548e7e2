import { percent } from '../numbers.ts'
import { label, line, px, rect, svg } from './svg.ts'

const width = 620
const height = 118
const left = 24
const right = 24
const middle = 58
const near = 90

/** Where the compound success lies between never and always: its interval, one attempt each, and the target. */
export function intervalPicture(at: {
  readonly shown: number
  readonly low: number
  readonly high: number
  readonly naive: number
  readonly target: number | null
}): string {
  const { shown, low, high, naive, target } = at
  const x = (chance: number): number => left + (width - left - right) * chance
  const side = (chance: number): 'start' | 'middle' | 'end' =>
    chance < 0.15 ? 'start' : chance > 0.85 ? 'end' : 'middle'
  const parts = [
    rect(x(0), middle - 7, x(1) - x(0), 14, 'track'),
    rect(x(low), middle - 7, Math.max(3, x(high) - x(low)), 14, 'band'),
  ]
  for (const chance of [0, 0.5, 1])
    parts.push(label(x(chance), height - 8, `${chance * 100} %`, side(chance)))
  if (target !== null) {
    parts.push(line(x(target), middle - 16, x(target), middle + 16, 'target'))
    parts.push(label(x(target), middle + 32, `target ${percent(target)}`, side(target), 'note'))
  }
  parts.push(`<circle class="dot-naive" cx="${px(x(naive))}" cy="${middle}" r="6"/>`)
  parts.push(`<circle class="dot-reached" cx="${px(x(shown))}" cy="${middle}" r="9"/>`)
  parts.push(label(x(shown), middle - 20, percent(shown), side(shown), 'name'))
  // Two labels on one spot are none.
  if (Math.abs(x(naive) - x(shown)) > near)
    parts.push(label(x(naive), middle - 20, `one attempt each ${percent(naive)}`, side(naive), 'note'))
  const title = `Compound success ${percent(shown)}, 95 % interval ${percent(low)} to ${percent(high)}, with one attempt each ${percent(naive)}.`
  return svg({ title, width, height, body: parts.join('') })
}
