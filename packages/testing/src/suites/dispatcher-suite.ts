import { type Clock, type Dispatcher, type Job, systemClock } from 'kilostep'
import { describe, expect, it } from 'vitest'

/** Jobs that end when they are told to. */
class Jobs {
  readonly running: (() => void)[] = []
  started = 0
  most = 0
  #left: number

  constructor(left: number) {
    this.#left = left
  }

  readonly pull = (): Job | undefined => {
    if (this.#left === 0) return undefined
    this.#left--
    return { run: () => this.#run() }
  }

  add(more: number): void {
    this.#left += more
  }

  /** Ends the job that has run longest, and lets what follows from it happen. */
  async end(): Promise<void> {
    this.running.shift()?.()
    await turn()
  }

  #run(): Promise<void> {
    this.started++
    return new Promise((resolve) => {
      this.running.push(resolve)
      this.most = Math.max(this.most, this.running.length)
    })
  }
}

/** What every dispatcher must do, as tests: call it with a name and a way to make one with so many slots. */
export function dispatcherSuite(
  name: string,
  makeDispatcher: (concurrency: number, clock: Clock) => Dispatcher,
): void {
  const make = (concurrency: number, pull: () => Job | undefined): Dispatcher => {
    const dispatcher = makeDispatcher(concurrency, systemClock())
    dispatcher.attach(pull)
    return dispatcher
  }

  describe(`the dispatcher ${name}`, () => {
    it('says how many slots it has, and takes none before it is woken', async () => {
      const jobs = new Jobs(5)
      const dispatcher = make(3, jobs.pull)
      await turn()
      expect(dispatcher.concurrency).toBe(3)
      expect(dispatcher.busy).toBe(0)
      expect(jobs.started).toBe(0)
    })

    it('fills its slots and no more, and gives each that is free to the next job', async () => {
      const jobs = new Jobs(10)
      const dispatcher = make(3, jobs.pull)
      dispatcher.wake(10)
      await turn()
      expect(jobs.running).toHaveLength(3)
      expect(dispatcher.busy).toBe(3)
      for (let ended = 1; ended <= 10; ended++) {
        await jobs.end()
        expect(jobs.running).toHaveLength(Math.min(3, 10 - ended))
      }
      await dispatcher.idle()
      expect(jobs.most).toBe(3)
      expect(jobs.started).toBe(10)
      expect(dispatcher.busy).toBe(0)
    })

    it('takes no more slots than it was woken for', async () => {
      const jobs = new Jobs(10)
      const dispatcher = make(5, jobs.pull)
      dispatcher.wake(2)
      await turn()
      expect(jobs.running).toHaveLength(2)
      dispatcher.wake(1)
      await turn()
      expect(jobs.running).toHaveLength(3)
      dispatcher.wake(100)
      await turn()
      expect(jobs.running).toHaveLength(5)
      for (let i = 0; i < 10; i++) await jobs.end()
      await dispatcher.idle()
    })

    it('gives a slot back when there is nothing to pull, and asks again only when it is woken', async () => {
      let pulled = 0
      const jobs = new Jobs(0)
      const dispatcher = make(2, () => {
        pulled++
        return jobs.pull()
      })
      dispatcher.wake(2)
      await turn()
      expect(dispatcher.busy).toBe(0)
      const before = pulled
      jobs.add(1)
      await turn()
      expect(pulled).toBe(before)
      expect(jobs.started).toBe(0)
      dispatcher.wake(1)
      await turn()
      expect(jobs.started).toBe(1)
      await jobs.end()
      await dispatcher.idle()
    })

    it('can be woken by a job that ends, by one that begins, and while it pulls', async () => {
      const done: number[] = []
      let left = 6
      const dispatcher: Dispatcher = make(2, () => {
        if (left === 0) return undefined
        const job = left--
        dispatcher.wake(1)
        return {
          async run() {
            dispatcher.wake(2)
            await turn()
            done.push(job)
            dispatcher.wake(2)
          },
        }
      })
      dispatcher.wake(1)
      await dispatcher.idle()
      expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6])
    })

    it('does many jobs that end at once, and lets timers ring between them', async () => {
      let rung = false
      let count = 0
      const timer = setTimeout(() => {
        rung = true
      }, 1)
      // Until the timer rings there is always another: without a turn for it this would never end.
      const dispatcher = make(2, () => {
        if (rung || count === 50_000_000) return undefined
        return { run: () => void count++ }
      })
      dispatcher.wake(2)
      await dispatcher.idle()
      clearTimeout(timer)
      expect(rung).toBe(true)
    })

    it('is idle at once where nothing runs, and when the last has ended, again and again', async () => {
      const jobs = new Jobs(0)
      const dispatcher = make(2, jobs.pull)
      await dispatcher.idle()
      for (let round = 0; round < 3; round++) {
        jobs.add(3)
        dispatcher.wake(3)
        let idle = false
        const waited = dispatcher.idle().then(() => {
          idle = true
        })
        for (let i = 0; i < 3; i++) {
          await turn()
          expect(idle).toBe(false)
          await jobs.end()
        }
        await waited
        expect(dispatcher.busy).toBe(0)
      }
    })
  })
}

/** Lets all that can happen without anybody's help happen. */
async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}
