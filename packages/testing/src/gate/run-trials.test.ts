import { createRandom, hashUniform } from '@kilostep/core'
import { createEngine, definePlan, defineWorker } from 'kilostep'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../clock/virtual-clock.ts'
import { runTrials } from './run-trials.ts'
import type { TrialContext } from './trial.ts'

const gate = { good: 0.9, bad: 0.7, maxTrials: 100 }
/** Passes so often, by the trial's own seed. */
const succeeding = (rate: number) => (trial: TrialContext) => hashUniform(trial.seed, 'x', 0) < rate

describe('runTrials', () => {
  it('passes what is good and fails what is bad', async () => {
    const good = await runTrials({ ...gate, run: succeeding(0.97), seed: 1 })
    expect(good).toMatchObject({ verdict: 'pass', stopped: 'verdict', seed: 1, plan: null, inputs: null })
    expect(good.message).toMatch(/trials passed: better than 70.0 %, with an error rate of 5.0 %\./)
    const bad = await runTrials({ ...gate, run: succeeding(0.5), seed: 1 })
    expect(bad).toMatchObject({ verdict: 'fail', stopped: 'verdict' })
    expect(bad.trials.counted).toBe(bad.trials.passed + bad.trials.failed)
  })

  it('takes twelve clean trials for .7 against .9, and stops there', async () => {
    const calls: number[] = []
    const run = ({ index }: TrialContext) => {
      calls.push(index)
    }
    const report = await runTrials({ ...gate, run, concurrency: 1 })
    expect(report.trials).toMatchObject({ started: 12, counted: 12, passed: 12, beyond: 0, cutOff: 0 })
    expect(calls).toEqual(Array.from({ length: 12 }, (_, i) => i))
  })

  it('starts none in vain when it is thrifty', async () => {
    for (const rate of [0.6, 0.8, 0.95]) {
      for (let seed = 0; seed < 10; seed++) {
        const one = await runTrials({ ...gate, run: succeeding(rate), seed, concurrency: 1 })
        const thrifty = await runTrials({
          ...gate,
          run: succeeding(rate),
          seed,
          concurrency: 50,
          thrifty: true,
        })
        expect(thrifty.outcomes).toBe(one.outcomes)
      }
    }
  })

  it('gives the same verdict side by side as one by one, whichever trials end first', async () => {
    const clock = new VirtualClock()
    const slowToFail = (trial: TrialContext) => {
      const passes = hashUniform(trial.seed, 'x', 0) < 0.75
      return new Promise<boolean>((resolve) => clock.after(passes ? 1 : 1_000, () => resolve(passes)))
    }
    for (let seed = 0; seed < 20; seed++) {
      const wide = await clock.result(runTrials({ ...gate, run: slowToFail, clock, seed, concurrency: 30 }))
      const one = await runTrials({ ...gate, run: succeeding(0.75), seed, concurrency: 1 })
      expect(wide.verdict).toBe(one.verdict)
    }
  })

  it('does not wait for a trial that hangs when the verdict is known without it', async () => {
    const clock = new VirtualClock()
    let told = false
    const run = ({ index, signal }: TrialContext) =>
      index > 0 ||
      new Promise<boolean>(() => {
        signal.addEventListener('abort', () => {
          told = true
        })
      })
    const report = await clock.result(runTrials({ ...gate, run, clock }))
    expect(report).toMatchObject({ verdict: 'pass', trials: { failed: 0, passed: 17 } })
    expect(report.outcomes[0]).toBe('-')
    expect(report.notes.join()).toMatch(/1 trial had not ended when the verdict was known/)
    expect(told).toBe(true)
  })

  it('fails a trial that takes too long', async () => {
    const clock = new VirtualClock()
    const run = () => new Promise(() => undefined)
    const report = await clock.result(runTrials({ ...gate, run, clock, trialTimeoutMs: 50 }))
    expect(report.verdict).toBe('fail')
    expect(report.failures).toEqual([{ message: 'It did not end within 50 ms.', trials: 3, first: 0 }])
    expect(report.notes.join()).toMatch(/Every trial failed with the same message/)
  })

  it('counts what throws as failed, with its message', async () => {
    const run = ({ index }: TrialContext) => {
      if (index % 2 === 1) throw new TypeError('x is not a function')
      throw 'a text'
    }
    const report = await runTrials({ ...gate, run, concurrency: 1 })
    expect(report.verdict).toBe('fail')
    expect(report.failures.map(({ message }) => message)).toEqual([
      'a text',
      'TypeError: x is not a function',
    ])
  })

  it('is inconclusive at the cap', async () => {
    const report = await runTrials({
      ...gate,
      run: ({ index }: TrialContext) => index % 5 > 0,
      maxTrials: 30,
    })
    expect(report).toMatchObject({ verdict: 'inconclusive', stopped: 'max-trials', trials: { counted: 30 } })
    expect(report.message).toBe(
      '24 of 30 trials passed, and that tells 70.0 % and 90.0 % not apart: the most that were allowed.',
    )
  })

  it('stops when it is told to, or when time is up', async () => {
    const stop = new AbortController()
    const run = ({ index }: TrialContext) => {
      if (index === 4) stop.abort()
      return index % 5 > 0
    }
    const report = await runTrials({ ...gate, run, signal: stop.signal, concurrency: 1 })
    expect(report).toMatchObject({ verdict: 'inconclusive', stopped: 'interrupted', trials: { cutOff: 1 } })
    expect(report.trials.counted).toBe(4)
    const clock = new VirtualClock()
    const slow = (trial: TrialContext) =>
      new Promise((resolve) => clock.after(1_000, () => resolve(trial.index % 5 > 0)))
    const late = await clock.result(
      runTrials({ ...gate, run: slow, clock, timeoutMs: 3_500, concurrency: 2 }),
    )
    expect(late).toMatchObject({
      verdict: 'inconclusive',
      stopped: 'time',
      trials: { counted: 6, cutOff: 2 },
    })
    const before = await runTrials({ ...gate, run, signal: AbortSignal.abort() })
    expect(before.trials.started).toBe(0)
  })

  it('keeps a budget, and knows nothing of the cost before the first trial has ended', async () => {
    let most = 0
    let running = 0
    const run = async ({ index }: TrialContext) => {
      most = Math.max(most, index === 0 ? 0 : ++running)
      await Promise.resolve()
      running--
      return { passed: index % 5 > 0, usd: 0.1 }
    }
    const report = await runTrials({ ...gate, run, budget: { usd: 1.05 }, concurrency: 4 })
    expect(report).toMatchObject({ verdict: 'inconclusive', stopped: 'budget', trials: { started: 10 } })
    expect(report.spend.usd).toBeCloseTo(1)
    await expect(runTrials({ ...gate, run: () => true, budget: { usd: 1 } })).rejects.toThrow(
      /A budget of usd is set, and trial 1 does not say what it took/,
    )
  })

  it('goes on after its verdict where a comparison needs more trials', async () => {
    const report = await runTrials({ ...gate, run: succeeding(0.99), seed: 3, minTrials: 40, concurrency: 7 })
    expect(report.verdict).toBe('pass')
    expect(report.trials.started).toBe(40)
    expect(report.trials.counted + report.trials.beyond).toBe(40)
  })

  it('gives each input as often as any other, in the same order for the same seed', async () => {
    const seen: string[][] = [[], []]
    for (const list of seen) {
      const report = await runTrials({
        ...gate,
        inputs: ['a', 'b', 'c'],
        run: ({ input }) => {
          list.push(input)
          return input !== 'b'
        },
        seed: 'same',
        concurrency: 1,
        maxTrials: 30,
      })
      expect(report.inputsTried.map(({ of }) => of).every((of) => Math.abs(of - list.length / 3) < 1)).toBe(
        true,
      )
      expect(report.inputsTried[1]?.passed).toBe(0)
      // Inputs that always fail are no flakiness.
      expect(report.flakiness).toMatchObject({ disagreement: 0 })
      expect(report.inputs).toMatch(/^sha256:/)
    }
    expect(seen[0]).toEqual(seen[1])
    expect(seen[0]?.slice(0, 3).sort()).toEqual(['a', 'b', 'c'])
  })

  it('says three numbers for flakiness', async () => {
    const run = ({ index }: TrialContext) => ({ passed: index % 4 !== 0, firstAttempt: index % 2 === 1 })
    const report = await runTrials({ ...gate, run, maxTrials: 12, concurrency: 1 })
    expect(report.outcomes).toBe('011101110111')
    const { firstAttempt, afterRecovery, disagreement, pairs } = report.flakiness
    expect([firstAttempt.rate, afterRecovery.rate, pairs]).toEqual([0.5, 0.75, 66])
    expect(disagreement).toBeCloseTo(27 / 66, 12)
  })

  it('judges answers with a check', async () => {
    const base = { ...gate, run: () => ({ total: 41 }), concurrency: 1 }
    const wrong = await runTrials({ ...base, check: ({ total }) => total === 42 || `total is ${total}` })
    expect(wrong).toMatchObject({ verdict: 'fail', failures: [{ message: 'total is 41' }] })
    const right = await runTrials({ ...base, check: ({ total }) => expect(total).toBe(41) })
    expect(right.verdict).toBe('pass')
  })

  it.each([
    ['a number', () => 42, /returned a value of type number, and nothing says whether that is right/],
    ['null', () => null, /returned null/],
    ['an object', async () => ({ pass: true }), /returned an object/],
    ['a mistyped outcome', () => ({ passed: true, usd: -1 }), /usd/],
  ])('takes %s for a mistake, not for an outcome', async (_, run, message) => {
    await expect(runTrials({ ...gate, run })).rejects.toThrow(message)
  })

  it('ends with what a listener throws, and leaves nothing behind', async () => {
    const onProgress = () => {
      throw new Error('the screen is gone')
    }
    await expect(runTrials({ ...gate, run: () => true, onProgress })).rejects.toThrow('the screen is gone')
  })

  it('takes hostile answers for what they are', async () => {
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trapped')
        },
      },
    )
    const report = await runTrials({ ...gate, run: () => trap, check: () => true })
    expect(report.failures).toEqual([{ message: 'trapped', trials: 3, first: 0 }])
    const shout = () => {
      throw 'x'.repeat(10_000_000)
    }
    const long = await runTrials({ ...gate, run: shout })
    expect(long.failures[0]?.message).toHaveLength(500)
  })

  it('tells every mistake in its options', async () => {
    const options = { good: 1.2, bad: 0, run: 1, concurrency: 0, maxTrial: 3, inputs: [] }
    await expect(runTrials(options as never)).rejects.toMatchObject({
      code: 'invalid-options',
      faults: { length: 6 },
    })
    await expect(runTrials({ run: () => true, good: 0.8, bad: 0.9 })).rejects.toThrow(
      /"good" must be above "bad"/,
    )
    await expect(runTrials({ ...gate, run: () => true, maxTrials: 10 })).rejects.toThrow(
      /"maxTrials" is 10, and even a clean row passes only after 12: give 12 or more/,
    )
    await expect(runTrials({ ...gate, run: () => true, faults: 'crash' })).rejects.toThrow(/use withFaults/)
  })
})

describe('a repeated cached answer is no trial', () => {
  const answer = { text: 'forty-two' }
  const promise = Promise.resolve(true)

  it.each([
    ['the same promise', () => promise, undefined, 'the very same promise'],
    ['the same object', async () => answer, () => true, 'the very same object'],
    ['the same id', () => ({ passed: true, id: 'resp-1' }), undefined, 'the same id resp-1'],
  ])('%s', async (_, run, check, why) => {
    const report = await runTrials({ ...gate, run, ...(check && { check }) })
    expect(report).toMatchObject({ verdict: 'inconclusive', stopped: 'repeats' })
    expect(report.trials.counted).toBe(1)
    expect(report.notes.join()).toContain(`gave ${why}`)
    expect(report.outcomes).toMatch(/^[1r-]+$/)
  })

  it('a run that is resumed from its journal', async () => {
    const engine = createEngine()
    const plan = definePlan('one', (p) => p.subtask(defineWorker({ name: 'one', run: () => 1 }), undefined))
    const run = engine.start(plan)
    const report = await runTrials({ ...gate, run: async () => run.result })
    expect(report.notes.join()).toMatch(/gave the same run /)
    expect(report.verdict).toBe('inconclusive')
  })

  it('is suspected where only the first trial takes its time', async () => {
    const clock = new VirtualClock()
    let cached = false
    const run = async () => {
      if (!cached) await new Promise<void>((resolve) => clock.after(900, resolve))
      cached = true
      return true
    }
    const report = await clock.result(runTrials({ ...gate, run, clock, concurrency: 1 }))
    expect(report.notes.join()).toMatch(
      /The first trial took 900 ms and most of the later ones 0 ms: if their answers/,
    )
    const steady = () => new Promise((resolve) => clock.after(900, () => resolve(true)))
    expect((await clock.result(runTrials({ ...gate, run: steady, clock }))).notes).toEqual([])
  })

  it('and what the trial itself knows of', async () => {
    const run = (trial: TrialContext) => {
      if (trial.index % 2 === 1) trial.repeated('the response had an age of 3 s.')
    }
    const report = await runTrials({ ...gate, run, concurrency: 1 })
    expect(report).toMatchObject({ verdict: 'pass', trials: { counted: 12, repeated: 11 } })
    expect(report.notes.join()).toMatch(/the response had an age of 3 s/)
  })
})

describe('a plan on trial', () => {
  const random = createRandom(1)
  const read = defineWorker({
    name: 'read',
    policy: { retry: { attempts: 3, backoffMs: 1 } },
    run: () => {
      if (random.uniform() < 0.3) throw new Error('busy')
      return 1
    },
  })
  const add = defineWorker({ name: 'add', run: ({ list }: { list: number[] }) => list.length })
  const plan = definePlan('sums', (p) => p.subtask(add, { list: [p.subtask(read, 1), p.subtask(read, 2)] }))

  it('runs each with a run and a seed of its own', async () => {
    const report = await runTrials({ ...gate, run: plan, check: (output) => output === 2 })
    expect(report).toMatchObject({ verdict: 'pass', plan: { name: 'sums' }, trials: { repeated: 0 } })
    expect(report.plan?.digest).toMatch(/^sha256:/)
    expect(report.subtasks.map(({ subtask }) => subtask).sort()).toEqual(['add-1', 'read-1', 'read-2'])
    const { firstAttempt, afterRecovery } = report.flakiness
    expect(firstAttempt.rate).toBeLessThan(afterRecovery.rate ?? 0)
    expect(report.spend.attempts).toBeGreaterThan(3 * report.trials.counted)
  })

  it('holds its rate in spite of faults that its policy is made for, and not without it', async () => {
    const steady = defineWorker({
      name: 'steady',
      policy: { retry: { attempts: 6, backoffMs: 1 } },
      run: (n: number) => n,
    })
    const faulty = (worker: typeof steady) =>
      runTrials({
        ...gate,
        run: definePlan('steady', (p) => [1, 2, 3].map((n) => p.subtask(worker, n))),
        faults: { unreachable: 0.2 },
        concurrency: 1,
        seed: 5,
      })
    const held = await faulty(steady)
    expect(held).toMatchObject({ verdict: 'pass', faults: '{"unreachable":0.2}' })
    expect(await faulty(steady)).toMatchObject({ outcomes: held.outcomes, subtasks: held.subtasks })
    const bare = defineWorker({ ...steady, policy: { retry: { attempts: 1 } }, run: (n: number) => n })
    expect(await faulty(bare)).toMatchObject({ verdict: 'fail' })
  })
})
