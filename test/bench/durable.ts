import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createEngine, definePlan, defineWorker, type Journal, sqliteJournal } from 'kilostep'

/**
 * What it costs to write everything down before it is depended on, and to read it again:
 * `npm run bench:durable`, or with numbers of subtasks: `npm run bench:durable -- 10000 1000000`.
 *
 * The floor is what the disk itself takes: a bare loop that writes as many bytes with as many syncs.
 */
const given = process.argv.slice(2).map(Number)
const sizes = given.length > 0 ? given : [10_000, 100_000]
const concurrency = 64
const double = defineWorker({ name: 'double', run: (n: number) => n * 2 })
const folder = mkdtempSync(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'kilostep-bench-'))
const say = (text: string): boolean => process.stdout.write(`${text}\n`)
const us = (ms: number, count: number): string => ((ms * 1_000) / count).toFixed(1)

function planOf(subtasks: number) {
  return definePlan('durable', (p) => {
    for (let i = 0; i < subtasks; i++) p.subtask(double, i)
  })
}

/** Counts the commits: what shares one shares its promise. */
function counted(journal: Journal): { journal: Journal; commits(): number } {
  let commits = 0
  let last: unknown
  const create: Journal['create'] = (run) => {
    const log = journal.create(run)
    return {
      append(events) {
        const durable = log.append(events)
        if (durable !== last) commits++
        last = durable
        return durable
      },
      read: (from) => log.read(from),
      close: () => log.close(),
      get length() {
        return log.length
      },
    }
  }
  return { journal: { ...journal, create }, commits: () => commits }
}

async function measured(subtasks: number, file: string) {
  const { journal, commits } = counted(sqliteJournal(file))
  const engine = createEngine({ journal, concurrency })
  const plan = planOf(subtasks)
  const begun = performance.now()
  const before = process.cpuUsage()
  const run = engine.start(plan, { run: 'bench' })
  let last = performance.now()
  let longestWaitMs = 0
  const timer = setInterval(() => {
    const now = performance.now()
    longestWaitMs = Math.max(longestWaitMs, now - last)
    last = now
  }, 1)
  const { report } = await run.result
  const ms = performance.now() - begun
  const { user, system } = process.cpuUsage(before)
  clearInterval(timer)
  if (report.subtasks.succeeded !== subtasks) throw new Error('wrong')
  await journal.close?.()
  return {
    ms,
    commits: commits(),
    bytes: statSync(file).size,
    longestWaitMs,
    processorMs: (user + system) / 1_000,
  }
}

/** As many bytes in as many pieces, each on the disk before the next. */
function floor(bytes: number, syncs: number): number {
  const file = join(folder, 'floor')
  const piece = Buffer.alloc(Math.ceil(bytes / syncs))
  const handle = openSync(file, 'w')
  const begun = performance.now()
  for (let i = 0; i < syncs; i++) {
    writeSync(handle, piece)
    fdatasyncSync(handle)
  }
  const ms = performance.now() - begun
  closeSync(handle)
  rmSync(file)
  return ms
}

/** How long single commits take: what the event loop would wait if they were made in its thread. */
async function commitTimes(): Promise<string> {
  const file = join(folder, 'commits.db')
  await sqliteJournal(file).close?.()
  const database = new DatabaseSync(file)
  database.exec('PRAGMA synchronous = FULL')
  database.prepare("INSERT INTO run (name, plan, started_at) VALUES ('bare', 'p', 0)").run()
  const insert = database.prepare('INSERT INTO event VALUES (1, ?, ?, ?, ?, 1, ?, ?, NULL)')
  const times: number[] = []
  for (let seq = 0; times.length < 2_000; ) {
    const begun = performance.now()
    database.exec('BEGIN IMMEDIATE')
    for (let node = 0; node < concurrency; node++) {
      insert.run(seq++, Date.now(), 'attempt-started', node, 1, null)
      insert.run(seq++, Date.now(), 'attempt-succeeded', node, null, `{"answer":${node}}`)
      insert.run(seq++, Date.now(), 'subtask-succeeded', node, null, null)
    }
    database.exec('COMMIT')
    times.push(performance.now() - begun)
  }
  database.close()
  times.sort((a, b) => a - b)
  const at = (share: number): string => (times[Math.floor((times.length - 1) * share)] as number).toFixed(1)
  return `median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms`
}

/** What the engine takes of that: the same run with its journal in memory. */
async function withoutDisk(subtasks: number): Promise<number> {
  const plan = planOf(subtasks)
  const begun = performance.now()
  await createEngine({ concurrency }).start(plan).result
  return performance.now() - begun
}

try {
  say(`Trivial subtasks, concurrency ${concurrency}, synchronous=FULL, start and end of each on disk:`)
  await measured(1_000, join(folder, 'warm.db'))
  for (const subtasks of sizes) {
    const file = join(folder, `${subtasks}.db`)
    const { ms, commits, bytes, longestWaitMs, processorMs } = await measured(subtasks, file)
    const floorMs = floor(bytes, commits)
    const memoryMs = await withoutDisk(subtasks)
    const ratio = (ms / floorMs).toFixed(1)
    say(
      `  ${subtasks} subtasks: ${us(ms, subtasks)} µs and ${Math.round(bytes / subtasks)} bytes each in ${commits} commits (${us(processorMs, subtasks)} µs of the processors' time, both threads together); floor ${us(floorMs, subtasks)} µs, ratio ${ratio}; in memory ${us(memoryMs, subtasks)} µs; longest wait of the event loop ${longestWaitMs.toFixed(1)} ms`,
    )
  }
  say(`One commit of ${concurrency} subtasks in the thread that asks for it: ${await commitTimes()}`)
  const subtasks = 333_333
  const file = join(folder, 'resume.db')
  await measured(subtasks, file)
  const journal = sqliteJournal(file)
  const begun = performance.now()
  const run = await createEngine({ journal, concurrency, workers: [double] }).resume('bench')
  const seconds = ((performance.now() - begun) / 1_000).toFixed(2)
  if (run.progress().succeeded !== subtasks) throw new Error('wrong')
  const [entry] = await journal.runs()
  say(`Resume of ${entry?.events} events: ${seconds} s`)
  await journal.close?.()
} finally {
  rmSync(folder, { recursive: true })
}
