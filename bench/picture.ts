import { type Cell, nameOf } from './tables.ts'

const width = 760
const height = 420
const left = 64
const right = 170
const top = 40
const bottom = 48
/** Colours that are told apart by most eyes, on light and on dark (Okabe and Ito, 2008). */
const colours = [
  '#888888',
  '#0072b2',
  '#56b4e9',
  '#009e73',
  '#e69f00',
  '#cc79a7',
  '#d55e00',
  '#a0522d',
  '#5e4fa2',
]

/** µs a subtask against the number of subtasks, both logarithmic: fan-out and join, a line each contender. */
export function costPicture(cells: readonly Cell[]): string {
  const done = cells.filter((cell) => cell.workload === 'fan-out' && !('missing' in cell)) as (Cell & {
    us: number
  })[]
  const sizes = [...new Set(done.map(({ subtasks }) => subtasks))].sort((a, b) => a - b)
  const low = Math.floor(Math.log10(Math.min(...done.map(({ us }) => us))))
  const high = Math.ceil(Math.log10(Math.max(...done.map(({ us }) => us))))
  const [first, last] = [Math.log10(sizes[0] as number), Math.log10(sizes.at(-1) as number)]
  const x = (subtasks: number): number =>
    left + ((Math.log10(subtasks) - first) / (last - first || 1)) * (width - left - right)
  const y = (us: number): number =>
    top + ((high - Math.log10(us)) / (high - low || 1)) * (height - top - bottom)
  const grid: string[] = []
  for (let power = low; power <= high; power++) {
    const at = y(10 ** power)
    grid.push(
      `<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}" class="grid"/><text x="${left - 8}" y="${at + 4}" text-anchor="end">${10 ** power}</text>`,
    )
  }
  for (const size of sizes)
    grid.push(
      `<text x="${x(size)}" y="${height - bottom + 20}" text-anchor="middle">${size.toLocaleString('en')}</text>`,
    )
  const contenders = [...new Set(done.map(({ contender }) => contender))]
  const ends = contenders
    .map((contender, index) => ({
      contender,
      index,
      points: done.filter((cell) => cell.contender === contender),
    }))
    .sort((a, b) => (a.points.at(-1)?.us ?? 0) - (b.points.at(-1)?.us ?? 0))
  // Names of lines that end close to one another are moved apart, from the lowest up.
  let free = height - bottom + 16
  const lines = ends.map(({ contender, index, points }) => {
    const colour = colours[index % colours.length]
    const end = points.at(-1) as { subtasks: number; us: number }
    const at = Math.min(y(end.us), free - 16)
    free = at
    const path = points.map((cell) => `${x(cell.subtasks)},${y(cell.us)}`).join(' ')
    const dots = points
      .map((cell) => `<circle cx="${x(cell.subtasks)}" cy="${y(cell.us)}" r="3" fill="${colour}"/>`)
      .join('')
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}<text x="${width - right + 12}" y="${at + 4}" fill="${colour}" class="name">${nameOf(contender)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Microseconds a subtask against the number of subtasks">
<style>text{font:13px system-ui,sans-serif;fill:#666}.name{font-weight:600}${colours.map((colour) => `[fill="${colour}"]{fill:${colour}}`).join('')}.grid{stroke:#8884;stroke-width:1}</style>
<text x="${left}" y="22">Fan-out and join: µs a subtask against the number of subtasks</text>
${grid.join('\n')}
${lines.join('\n')}
</svg>
`
}
