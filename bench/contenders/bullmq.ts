import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Queue, QueueEvents, Worker } from 'bullmq'
import { answerOf, attempts, concurrency, type Workload } from '../workloads.ts'

/** BullMQ on a Redis of its own that is as durable: every write on disk before it is acknowledged. */
export async function run({ subtasks, results }: Workload): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'kilostep-bench-'))
  const socket = join(folder, 'redis.sock')
  const redis = spawn(
    'redis-server',
    [
      '--port',
      '0',
      '--unixsocket',
      socket,
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  await ready(redis)
  const connection = { path: socket, maxRetriesPerRequest: null }
  const answers = new Array<number>(subtasks)
  const queue = new Queue<number, number>('bench', { connection })
  const events = new QueueEvents('bench', { connection })
  await events.waitUntilReady()
  const worker = new Worker<number, number>('bench', async ({ data }) => answerOf(data, []), {
    connection,
    concurrency,
  })
  await new Promise<void>((resolve, reject) => {
    let done = 0
    worker.on('completed', ({ data }, answer) => {
      answers[data] = answer
      if (++done === subtasks) resolve()
    })
    worker.on('failed', (_, error) => reject(error))
    void (async () => {
      for (let from = 0; from < subtasks; from += 1_000) {
        const jobs = Array.from({ length: Math.min(1_000, subtasks - from) }, (_, i) => ({
          name: 'work',
          data: from + i,
          opts: { attempts },
        }))
        await queue.addBulk(jobs)
      }
    })().catch(reject)
  })
  await Promise.all([worker.close(), queue.close(), events.close()])
  redis.kill()
  await once(redis, 'exit')
  rmSync(folder, { recursive: true })
  return results.reduce((sum, result) => sum + (answers[result] as number), 0)
}

function ready(redis: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    redis.on('error', reject)
    redis.stdout?.on('data', (text: Buffer) => {
      if (/ready to accept connections/i.test(text.toString())) resolve()
    })
  })
}
