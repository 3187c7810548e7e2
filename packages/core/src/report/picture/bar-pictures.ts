import { count, counted, percent } from '../numbers.ts'
import { fitted, plainText } from '../plain.ts'
import { label, line, rect, svg } from './svg.ts'

const width = 420

/** A bar for each number of attempts: how many subtasks had so many. */
export function attemptsPicture(
  lines: readonly { readonly attempts: number; readonly subtasks: number }[],
  last: number,
): string {
  const height = 260
  const [left, right, top, bottom] = [16, 16, 26, 42]
  const from = 1
  const to = Math.max(6, ...lines.map(({ attempts }) => attempts))
  const most = Math.max(1, ...lines.map(({ subtasks }) => subtasks))
  const step = (width - left - right) / (to - from + 1)
  const floor = height - bottom
  const parts = [line(left, floor, width - right, floor, 'base')]
  const labelled = Math.ceil((to - from + 1) / 12)
  for (let attempts = from; attempts <= to; attempts++) {
    const subtasks = lines.find((one) => one.attempts === attempts)?.subtasks ?? 0
    const x = left + (attempts - from) * step
    const name = attempts === last ? `${attempts}+` : String(attempts)
    if ((attempts - from) % labelled === 0) parts.push(label(x + step / 2, floor + 17, name))
    if (subtasks === 0) continue
    // A single subtask must be seen beside a thousand others.
    const size = Math.max(2, ((floor - top) * subtasks) / most)
    const hover = `${counted(subtasks, 'subtask')} with ${counted(attempts, 'attempt')}`
    parts.push(
      rect(x + step * 0.12, floor - size, step * 0.76, size, attempts === 1 ? 'bar first' : 'bar', hover),
    )
    if (step > 22) parts.push(label(x + step / 2, floor - size - 6, compact(subtasks), 'middle', 'value'))
  }
  parts.push(label(width / 2, height - 6, 'attempts a subtask took', 'middle', 'axis'))
  const title = `Attempts per subtask: ${lines.map(({ attempts, subtasks }) => `${count(subtasks)} with ${attempts}`).join(', ')}.`
  return svg({ title, width, height, body: parts.join('') })
}

function compact(value: number): string {
  return value < 10_000 ? count(value) : `${count(value / 1_000)}k`
}

const shownLinks = 6
const rowHeight = 38

/** The kinds of subtask that lose most, the weakest first. */
export function weakestPicture(
  links: readonly { readonly kind: string; readonly gain: number; readonly share: number }[],
): string {
  const shown = links.slice(0, shownLinks)
  const height = 12 + shown.length * rowHeight + 18
  const most = Math.max(1e-12, ...shown.map(({ share }) => share))
  const parts = shown.map(({ kind, gain, share }, i) => {
    const y = 14 + i * rowHeight
    const size = Math.max(2, ((width - 32) * share) / most)
    const name = fitted(plainText(kind), 34)
    return [
      label(16, y, name, 'start', 'name'),
      label(width - 16, y, `${percent(share)} of what is lost`, 'end', 'value'),
      rect(16, y + 6, width - 32, 10, 'track'),
      rect(
        16,
        y + 6,
        size,
        10,
        i === 0 ? 'bar weakest' : 'bar',
        `perfect, it would add ${(gain * 100).toFixed(1)} points`,
      ),
    ].join('')
  })
  const title = `Weakest links: ${shown.map(({ kind, share }) => `${kind} ${percent(share)}`).join(', ')} of what is lost.`
  return svg({ title, width, height, body: parts.join('') })
}
