import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { promisify } from 'node:util'
import { costPicture } from './picture.ts'
import { type Cell, tables } from './tables.ts'

/**
 * Every contender on every workload, each measurement in a process of its own: `node dist/main.js [--quick]`. Writes the
 * tables into docs/performance.md and the picture beside it; `--quick` measures once, small, and writes nothing.
 */
const quick = process.argv.includes('--quick')
const rounds = quick ? 1 : 5
/** A contender that takes longer for one round is measured no further. */
const longestMs = 25_000
/** A cell that has taken so long is not measured again. */
const enoughMs = 8_000

const everyone = ['bare', 'kilostep', 'effect', 'p-queue', 'async-auto', 'mastra', 'langgraph']
const plan: readonly {
  readonly workload: string
  readonly sizes: readonly number[]
  readonly contenders: readonly string[]
}[] = [
  {
    workload: 'fan-out',
    sizes: quick ? [1_000] : [1_000, 10_000, 100_000, 1_000_000],
    contenders: ['bare', 'kilostep', 'kilostep-map', 'kilostep-stream', ...everyone.slice(2)],
  },
  { workload: 'layers', sizes: quick ? [1_000] : [1_000, 10_000], contenders: everyone },
  { workload: 'chain', sizes: quick ? [1_000] : [1_000, 10_000], contenders: everyone },
  { workload: 'failing', sizes: quick ? [1_000] : [1_000, 10_000], contenders: everyone },
  {
    workload: 'equal-priorities',
    sizes: [quick ? 1_000 : 100_000],
    contenders: ['bare', 'kilostep', 'p-queue'],
  },
  { workload: 'priorities', sizes: [quick ? 1_000 : 100_000], contenders: ['bare', 'kilostep', 'p-queue'] },
  {
    workload: 'random-graph',
    sizes: quick ? [1_000] : [10_000, 100_000, 1_000_000],
    contenders: ['bare', 'kilostep', 'effect', 'p-queue'],
  },
  { workload: 'durable', sizes: [quick ? 1_000 : 10_000], contenders: ['kilostep-durable', 'bullmq'] },
]

const cells: Cell[] = []
for (const { workload, sizes, contenders } of plan) {
  for (const contender of contenders) {
    let gaveUp = false
    for (const subtasks of sizes) {
      const cell: Cell = gaveUp
        ? { contender, workload, subtasks, missing: true }
        : await measure(contender, workload, subtasks)
      gaveUp ||= 'missing' in cell
      cells.push(cell)
      process.stderr.write(
        `${workload} ${subtasks} ${contender}: ${'missing' in cell ? 'not done' : `${cell.us.toFixed(2)} µs, ${Math.round(cell.peakMiB)} MiB`}\n`,
      )
    }
  }
}

async function measure(contender: string, workload: string, subtasks: number): Promise<Cell> {
  const runs: { us: number; peakMiB: number }[] = []
  const begun = performance.now()
  while (runs.length < rounds && (runs.length === 0 || performance.now() - begun < enoughMs)) {
    try {
      const one = new URL('one.js', import.meta.url).pathname
      const args = [one, contender, workload === 'durable' ? 'equal-priorities' : workload, String(subtasks)]
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        timeout: longestMs,
        maxBuffer: 1e8,
      })
      runs.push(JSON.parse(stdout.trim().split('\n').at(-1) as string))
    } catch (error) {
      const why = error as { killed?: boolean; stderr?: string }
      if (why.killed !== true) process.stderr.write(`${String(why.stderr ?? error).slice(-500)}\n`)
      return { contender, workload, subtasks, missing: true }
    }
  }
  const median = (of: (run: { us: number; peakMiB: number }) => number): number => {
    const sorted = runs.map(of).sort((a, b) => a - b)
    return sorted[(sorted.length - 1) >> 1] as number
  }
  return {
    contender,
    workload,
    subtasks,
    rounds: runs.length,
    us: median((run) => run.us),
    peakMiB: median((run) => run.peakMiB),
  }
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.versions.node}`
const text = tables(cells, machine)
process.stdout.write(text)
if (!quick) {
  const page = new URL('../../docs/performance.md', import.meta.url)
  const [before, after] = ['<!-- bench -->\n', '<!-- /bench -->']
  const [head = '', rest = ''] = readFileSync(page, 'utf8').split(before)
  writeFileSync(page, `${head}${before}\n${text}\n${after}${rest.split(after)[1] ?? ''}`)
  writeFileSync(new URL('../../docs/performance.svg', import.meta.url), costPicture(cells))
}
