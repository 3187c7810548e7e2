import { count, percent } from '../numbers.ts'
import { label, line, path, px, svg } from './svg.ts'

export interface SuccessCurves {
  /** N of this plan, 1 or more. */
  readonly subtasks: number
  /** ln of the chance that one subtask is right, 0 or less: with one attempt each, and with what was done. */
  readonly logNaive: number
  readonly logReached: number
  readonly target: number | null
}

const width = 980
const height = 340
const left = 48
const right = 20
const top = 18
const bottom = 44
const points = 160
const mostDecades = 9

/** Compound success against N, on a logarithmic scale: with one attempt each, and as it was done. */
export function successPicture({ subtasks, logNaive, logReached, target }: SuccessCurves): string {
  // As far as the better curve takes to fall, and ten times this plan at least.
  const falls = logReached < 0 ? (3 * Math.LN10) / -logReached : 0
  const decades = Math.min(mostDecades, Math.max(2, Math.ceil(Math.log10(Math.max(subtasks * 10, falls)))))
  const x = (n: number): number => left + ((width - left - right) * Math.log10(n)) / decades
  const y = (chance: number): number => top + (height - top - bottom) * (1 - chance)
  const curve = (log: number): (readonly [number, number])[] =>
    Array.from({ length: points + 1 }, (_, i) => {
      const n = 10 ** ((decades * i) / points)
      return [x(n), y(Math.exp(n * log))] as const
    })
  const floor = y(0)
  const naive = curve(logNaive)
  const reached = curve(logReached)
  const parts: string[] = []
  for (const chance of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(line(left, y(chance), width - right, y(chance), 'grid'))
    parts.push(label(left - 8, y(chance) + 4, `${chance * 100} %`, 'end'))
  }
  for (let decade = 0; decade <= decades; decade++) {
    parts.push(label(x(10 ** decade), floor + 18, short(10 ** decade)))
  }
  parts.push(label((left + width - right) / 2, height - 6, 'subtasks in the plan (N)', 'middle', 'axis'))
  if (logReached > logNaive) parts.push(path([...naive, ...reached.toReversed()], 'between', 'Z'))
  if (target !== null) {
    parts.push(line(left, y(target), width - right, y(target), 'target'))
    parts.push(label(width - right, y(target) - 6, `target ${percent(target)}`, 'end', 'note'))
  }
  parts.push(path(naive, 'naive'), path(reached, 'reached'))
  const here = x(subtasks)
  parts.push(line(here, top, here, floor, 'here'))
  const late = here > width * 0.7
  parts.push(
    label(here + (late ? -6 : 6), floor - 8, `this plan, ${count(subtasks)}`, late ? 'end' : 'start', 'note'),
  )
  const before = Math.exp(subtasks * logNaive)
  const after = Math.exp(subtasks * logReached)
  for (const [chance, style] of [
    [before, 'dot-naive'],
    [after, 'dot-reached'],
  ] as const)
    parts.push(`<circle class="${style}" cx="${px(here)}" cy="${px(y(chance))}" r="5"/>`)
  const title = `Compound success against the number of subtasks. At ${count(subtasks)}: ${percent(before)} with one attempt each, ${percent(after)} as it was done.`
  return svg({ title, width, height, body: parts.join('') })
}

function short(n: number): string {
  if (n >= 1e9) return `${n / 1e9} bn`
  if (n >= 1e6) return `${n / 1e6} m`
  return count(n)
}
