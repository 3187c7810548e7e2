import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What one contender took for one workload of one size: medians over rounds, or nothing where it was not done in time. */
export type Cell = { readonly contender: string; readonly workload: string; readonly subtasks: number } & (
  | { readonly missing: true }
  | { readonly us: number; readonly peakMiB: number; readonly rounds: number }
)

const packages: Readonly<Record<string, readonly string[]>> = {
  bare: [],
  kilostep: ['kilostep'],
  'kilostep-map': ['kilostep'],
  'kilostep-stream': ['kilostep'],
  'kilostep-durable': ['kilostep'],
  effect: ['effect'],
  'p-queue': ['p-queue', 'p-retry'],
  'async-auto': ['async'],
  mastra: ['@mastra/core'],
  langgraph: ['@langchain/langgraph'],
  bullmq: ['bullmq'],
}
const names: Readonly<Record<string, string>> = {
  bare: 'bare await loop',
  kilostep: 'Kilostep',
  'kilostep-map': 'Kilostep, as a map',
  'kilostep-stream': 'Kilostep, as a stream',
  'kilostep-durable': 'Kilostep on SQLite',
  effect: 'Effect',
  'p-queue': 'p-queue and p-retry',
  'async-auto': 'async.auto',
  mastra: 'Mastra',
  langgraph: 'LangGraph.js',
  bullmq: 'BullMQ on Redis',
}
const titles: Readonly<Record<string, string>> = {
  'fan-out': 'Fan-out and join',
  layers: 'Layers of 100, two dependencies each',
  chain: 'A chain',
  failing: '10 % of attempts fail, up to 5 attempts',
  'equal-priorities': 'Equal priorities',
  priorities: 'Random priorities',
  'random-graph': 'Random graph, three dependencies each',
  durable: 'On disk before it counts',
}

/** The name of a contender as people read it. */
export function nameOf(contender: string): string {
  return names[contender] ?? contender
}

/** One Markdown table a workload: µs a subtask with the ratio to the bare loop, and the peak memory of the largest size. */
export function tables(cells: readonly Cell[], machine: string): string {
  const used = new Set(cells.flatMap(({ contender }) => packages[contender] ?? []))
  const versions = [...used].map((name) => `${name} ${versionOf(name)}`).join(', ')
  const parts = [...new Set(cells.map(({ workload }) => workload))].map((workload) => table(cells, workload))
  return `${machine}; ${versions}.\n\n${parts.join('\n')}`
}

function table(all: readonly Cell[], workload: string): string {
  const cells = all.filter((cell) => cell.workload === workload)
  const sizes = [...new Set(cells.map(({ subtasks }) => subtasks))]
  const contenders = [...new Set(cells.map(({ contender }) => contender))]
  const cellOf = (contender: string, subtasks: number): Cell | undefined =>
    cells.find((cell) => cell.contender === contender && cell.subtasks === subtasks)
  const rows = contenders.map((contender) => {
    const figures = sizes.map((subtasks) => {
      const cell = cellOf(contender, subtasks)
      if (cell === undefined || 'missing' in cell) return '–'
      const bare = cellOf('bare', subtasks)
      const ratio =
        bare === undefined || 'missing' in bare || contender === 'bare'
          ? ''
          : ` (${figure(cell.us / bare.us)}×)`
      return `${figure(cell.us)}${ratio}`
    })
    const largest = [...sizes].reverse().map((subtasks) => cellOf(contender, subtasks))
    const memory = largest.find((cell) => cell !== undefined && !('missing' in cell))
    const peak =
      memory === undefined || 'missing' in memory
        ? '–'
        : `${Math.round(memory.peakMiB)} MiB${memory.subtasks === sizes.at(-1) ? '' : ` at ${memory.subtasks.toLocaleString('en')}`}`
    return `| ${nameOf(contender)} | ${figures.join(' | ')} | ${peak} |`
  })
  const head = sizes.map((subtasks) => `N = ${subtasks.toLocaleString('en')}`).join(' | ')
  return `### ${titles[workload] ?? workload}\n\n| µs a subtask | ${head} | peak memory |\n| --- | ${sizes.map(() => '--:').join(' | ')} | --: |\n${rows.join('\n')}\n`
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2)
}

/** The version that is installed, from the package's own description: not every package lets that be imported. */
function versionOf(name: string): string {
  for (let folder = dirname(createRequire(import.meta.url).resolve(name)); ; folder = dirname(folder)) {
    try {
      const { name: found, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (found === name) return version
    } catch {
      if (folder === dirname(folder)) return 'unknown'
    }
  }
}
