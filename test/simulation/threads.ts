import { Worker } from 'node:worker_threads'
import type { Done, Work } from './work.ts'

/** Does all the work in so many threads; `done` says whether to go on. */
export async function inThreads(
  works: readonly Work[],
  threads: number,
  done: (work: Work, result: Done) => boolean,
): Promise<void> {
  let next = 0
  let stopped = false
  const one = async (): Promise<void> => {
    const thread = new Worker(new URL('./thread.ts', import.meta.url))
    try {
      while (!stopped && next < works.length) {
        const work = works[next++] as Work
        const result = await new Promise<Done>((resolve, reject) => {
          thread.once('message', resolve)
          thread.once('error', reject)
          thread.postMessage(work)
        })
        thread.removeAllListeners('error')
        if (!done(work, result)) stopped = true
      }
    } finally {
      await thread.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, works.length) }, one))
}
