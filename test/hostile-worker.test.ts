import { settled, VirtualClock } from '@kilostep/testing'
import { AttemptError, createEngine, defineWorker, type WorkerOptions } from 'kilostep'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

// biome-ignore lint/suspicious/noExplicitAny: a worker without types can do anything
type Anything = any

const plan = { kilostep: 1, name: 'p', subtasks: [{ id: 'a', worker: 'x' }] }
const once = { retry: { attempts: 1 }, timeoutMs: 1_000, graceMs: 10 }
const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)

beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

/** Runs one subtask of a worker of such options to its end. */
async function outcome(options: Partial<WorkerOptions<Anything, Anything, Anything>>) {
  const clock = new VirtualClock()
  const worker = defineWorker({ name: 'x', run: () => 1, policy: once, ...options } as Anything)
  const engine = createEngine({ clock, workers: [worker], concurrency: 1, stuckMs: 10 })
  const { report, output } = await clock.result(engine.start(plan, { seed: 1 }).result, 100)
  const [failure] = report.failures
  expect(clock.pending).toBe(0)
  return failure === undefined ? { output } : `${failure.kind} ${failure.code}: ${failure.message}`
}

const proxy = new Proxy(
  {},
  {
    get() {
      throw new Error('Hands off.')
    },
    getPrototypeOf() {
      throw new Error('Hands off.')
    },
    ownKeys() {
      throw new Error('Hands off.')
    },
  },
)
const getter = (name: string): object =>
  Object.defineProperty({}, name, {
    enumerable: true,
    get() {
      throw new Error('Hands off.')
    },
  })
const thenable = (
  then: (done: (value: unknown) => void, fail: (error: unknown) => void) => void,
): object => ({
  then,
})
const cyclic: Record<string, unknown> = {}
cyclic['self'] = [cyclic]
let deep: unknown = 1
for (let i = 0; i < 202; i++) deep = { deep }
class Money {
  amount = 1
}

describe('what a worker throws is told, whatever it is', () => {
  test.each<[string, unknown, string]>([
    ['an Error', new Error('No paper.'), 'transport threw: No paper.'],
    [
      'an Error with a code',
      Object.assign(new Error('Gone.'), { code: 'ECONNRESET' }),
      'transport ECONNRESET: Gone.',
    ],
    ['an Error without a message', new TypeError(), 'transport threw: TypeError'],
    ['a text', 'No paper.', 'transport threw: No paper.'],
    ['an empty text', '', 'transport threw: Threw ""'],
    ['undefined', undefined, 'transport threw: Threw undefined'],
    ['null', null, 'transport threw: Threw null'],
    ['a number', 7, 'transport threw: Threw 7'],
    ['a symbol', Symbol('s'), 'transport threw: Threw Symbol(s)'],
    ['a BigInt', 7n, 'transport threw: Threw something that cannot be shown'],
    ['an object', { status: 500 }, 'transport threw: Threw {"status":500}'],
    ['a cyclic object', cyclic, 'transport threw: Threw something that cannot be shown'],
    ['an object without a prototype', Object.create(null), 'transport threw: Threw {}'],
    ['a proxy that throws', proxy, 'transport threw: Threw something that cannot be shown'],
    [
      'an object whose message throws',
      getter('message'),
      'transport threw: Threw something that cannot be shown',
    ],
    [
      'an object whose headers throw',
      getter('headers'),
      'transport threw: Threw something that cannot be shown',
    ],
    ['10 MB', 'x'.repeat(10_000_000), `transport threw: ${'x'.repeat(500)}`],
    [
      'an AttemptError',
      new AttemptError('Quota.', { kind: 'flagged', code: 'quota' }),
      'flagged quota: Quota.',
    ],
    [
      'an AttemptError of no kind',
      new AttemptError('Odd.', { kind: 'odd' as 'wrong' }),
      'transport failed: Odd.',
    ],
    [
      'an AttemptError with 7 for a code',
      new AttemptError('Odd.', { code: 7 as never }),
      'transport threw: Odd.',
    ],
  ])('%s', async (_name, error, message) => {
    const throws = (): never => {
      throw error
    }
    expect(await outcome({ run: throws })).toBe(message)
    expect(await outcome({ run: async () => throws() })).toBe(message)
    expect(await outcome({ run: () => Promise.reject(error) })).toBe(message)
  })
})

test.each([Number.NaN, -1, 'soon'])('a wait of %s is no wait', async (retryAfterMs) => {
  let attempts = 0
  const run = (): number => {
    if (attempts++ === 0) throw new AttemptError('Later.', { retryAfterMs: retryAfterMs as number })
    return 1
  }
  expect(await outcome({ run, policy: { retry: { attempts: 2, backoffMs: 0 } } })).toEqual({ output: 1 })
})

test('a wait without end ends', async () => {
  let attempts = 0
  const run = (): number => {
    if (attempts++ === 0) throw new AttemptError('Never.', { retryAfterMs: Number.POSITIVE_INFINITY })
    return 1
  }
  expect(await outcome({ run, policy: { retry: { attempts: 2 } } })).toEqual({ output: 1 })
})

describe('what a worker answers must be JSON', () => {
  const says = (problem: string): string => `flagged invalid-answer: The answer of "a" ${problem}.`
  const cannot = ', which JSON cannot hold'
  test.each<[string, unknown, string]>([
    ['a function', () => 1, says(`is a function${cannot}`)],
    ['a symbol', Symbol('s'), says(`is a symbol${cannot}`)],
    ['a BigInt', { n: [1n] }, says(`holds a bigint at n[0]${cannot}`)],
    ['NaN', Number.NaN, says(`is NaN${cannot}`)],
    ['Infinity', { far: Number.POSITIVE_INFINITY }, says(`holds Infinity at far${cannot}`)],
    ['a Date', new Date(0), says(`is an instance of Date${cannot}; return its toISOString()`)],
    [
      'a class',
      { price: new Money() },
      says(`holds an instance of Money at price${cannot}; return plain data`),
    ],
    ['a Map', new Map(), says(`is an instance of Map${cannot}; return plain data`)],
    ['bytes', new Uint8Array(9), says(`is an instance of Uint8Array${cannot}; return plain data`)],
    ['an Error', new Error('x'), says(`is an instance of Error${cannot}; return plain data`)],
    // biome-ignore lint/suspicious/noSparseArray: that is the fault
    ['a list with holes', [1, , 3], says(`holds undefined at [1]${cannot}`)],
    ['a circle', cyclic, says('is nested deeper than 200 levels, or refers to itself')],
    ['202 levels', deep, says('is nested deeper than 200 levels, or refers to itself')],
    ['a getter that throws', getter('price'), says(`holds a getter at price${cannot}; return plain data`)],
    ['50 MB', 'x'.repeat(50_000_000), says('is larger than the limit of 10485760 bytes')],
    [
      '50 MB of nothing',
      Array.from({ length: 11_000_000 }, () => 0).map(() => null),
      says('is larger than the limit of 10485760 bytes'),
    ],
    [
      'many empty lists',
      Array.from({ length: 10_500_000 }).fill([]),
      says('is larger than the limit of 10485760 bytes'),
    ],
  ])('%s', async (_name, answer, message) => {
    expect(await outcome({ run: () => answer })).toBe(message)
    expect(await outcome({ run: async () => answer })).toBe(message)
  })

  test('and what is JSON is taken as it is, "__proto__" and all', async () => {
    const odd = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as object
    const { output } = (await outcome({ run: () => odd })) as { output: object }
    expect(JSON.stringify(output)).toBe('{"__proto__":{"polluted":true},"constructor":1}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(await outcome({ run: () => undefined })).toEqual({ output: null })
  })

  test('and cannot be changed afterwards by whoever still holds it', async () => {
    const held = { rows: [{ n: 1 }] }
    await outcome({ run: () => held })
    expect(() => held.rows.push({ n: 2 })).toThrow(TypeError)
    expect(Object.isFrozen(held.rows[0])).toBe(true)
  })

  test.each([
    ['a proxy that throws', proxy],
    ['a then that throws when it is read', getter('then')],
  ])('%s', async (_name, answer) => {
    expect(await outcome({ run: () => answer })).toBe('transport threw: Hands off.')
    expect(await outcome({ run: async () => answer })).toBe('transport threw: Hands off.')
  })
})

describe('a thenable', () => {
  const late = 'transport timeout: Not done within its 1000 ms.'
  test.each<[string, object, unknown]>([
    ['that never settles', thenable(() => undefined), late],
    ['that calls back twice', thenable((done) => [done(1), done(2)]), { output: 1 }],
    [
      'that succeeds and then fails',
      thenable((done, fail) => [done(1), fail(new Error('x'))]),
      { output: 1 },
    ],
    [
      'that fails and then succeeds',
      thenable((done, fail) => [fail(new Error('First.')), done(1)]),
      'transport threw: First.',
    ],
    [
      'that throws',
      thenable(() => {
        throw new Error('Thrown.')
      }),
      'transport threw: Thrown.',
    ],
    [
      'that succeeds and then throws',
      thenable((done) => {
        done(1)
        throw new Error('Thrown.')
      }),
      { output: 1 },
    ],
    ['that answers a thenable', thenable((done) => done(thenable((inner) => inner(3)))), { output: 3 }],
  ])('%s', async (_name, answer, expected) => {
    expect(await outcome({ run: () => answer })).toEqual(expected)
  })
})

describe('time', () => {
  const late = 'transport timeout: Not done within its 1000 ms.'
  test('a worker that never settles is told to stop, and given up', async () => {
    expect(await outcome({ run: () => new Promise(() => undefined) })).toBe(late)
  })

  test('what it answers after it was told to stop does not count', async () => {
    const run = (_: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve('too late')))
    expect(await outcome({ run })).toBe(late)
  })

  test('a listener of its signal that throws is its own affair', async () => {
    const caught: unknown[] = []
    const keep = (error: unknown): void => void caught.push(error)
    process.once('uncaughtException', keep)
    const listeners = process.listeners('uncaughtException').filter((listener) => listener !== keep)
    for (const listener of listeners) process.off('uncaughtException', listener)
    const run = (_: unknown, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => {
        throw new Error('In a listener.')
      })
      return new Promise(() => undefined)
    }
    expect(await outcome({ run })).toBe(late)
    await settled()
    for (const listener of listeners) process.on('uncaughtException', listener)
    process.off('uncaughtException', keep)
    expect(caught).toHaveLength(1)
  })

  test('without a heartbeat it is idle', async () => {
    const run = () => new Promise(() => undefined)
    expect(await outcome({ run, policy: { ...once, idleMs: 50 } })).toBe(
      'transport idle: No heartbeat for 50 ms.',
    )
  })
})

describe('a verifier', () => {
  const failed = 'transport verifier-failed: The verifier threw: Hands off.'
  const odd =
    'transport invalid-verdict: The verifier said neither true, nor false, nor a reason, nor a score from 0 to 1.'
  test.each<[string, () => unknown, unknown]>([
    [
      'that throws',
      () => {
        throw new Error('Hands off.')
      },
      failed,
    ],
    ['that rejects', () => Promise.reject(new Error('Hands off.')), failed],
    ['that says a proxy', () => proxy, failed],
    ['that says a proxy later', async () => getter('accept'), failed],
    ['whose reason throws', () => Object.assign(getter('reason'), { accept: false }), failed],
    [
      'that never says anything',
      () => new Promise(() => undefined),
      'transport timeout: Not done within its 1000 ms.',
    ],
    ['that says 7', () => 7, odd],
    ['that says nothing', () => undefined, odd],
    ['that says null', () => null, odd],
    ['that says "yes" for accept', () => ({ accept: 'yes' }), odd],
    ['that gives a number for a reason', () => ({ accept: false, reason: 7 }), odd],
    ['that says no', () => false, 'wrong rejected: The verifier rejected the answer.'],
    ['that says why', () => 'Price is missing.', 'wrong rejected: Price is missing.'],
    ['that says yes', async () => ({ accept: true }), { output: 1 }],
  ])('%s', async (_name, verify, expected) => {
    expect(await outcome({ verify: verify as Anything })).toEqual(expected)
  })
})

test.each<[string, Anything, string]>([
  [
    'a red flag that throws',
    {
      redFlag: () => {
        throw proxy
      },
    },
    'flagged red-flag: The red flag check threw: Threw something that cannot be shown',
  ],
  [
    'a key that throws',
    {
      policy: { ...once, vote: { margin: 1 } },
      key: () => {
        throw new Error('No key.')
      },
    },
    'flagged no-key: The key of the answer cannot be had: No key.',
  ],
  [
    'a key that is no text',
    { policy: { ...once, vote: { margin: 1 } }, key: () => 7 },
    `flagged no-key: The worker's "key" gave a number and not a text, so the answer cannot be told from others.`,
  ],
])('%s', async (_name, options, message) => {
  expect(await outcome(options)).toBe(message)
})

test('spending that is no number counts nothing', async () => {
  const clock = new VirtualClock()
  const run = (_: unknown, { spend }: { spend: (cost: Anything) => void }): number => {
    for (const usd of [Number.NaN, -5, Number.POSITIVE_INFINITY, '7', undefined]) spend({ usd })
    spend({ usd: 0.25, tokens: 3 })
    return 1
  }
  const engine = createEngine({ clock, workers: [defineWorker({ name: 'x', run })] })
  const { report } = await clock.result(engine.start(plan).result)
  expect(report.spend).toEqual({ usd: 0.25, tokens: 3 })
})

describe('a listener', () => {
  test.each<[string, () => unknown, string]>([
    [
      'that throws',
      () => {
        throw new Error('In a listener.')
      },
      'A listener of a run threw: In a listener.',
    ],
    [
      'that rejects',
      () => Promise.reject(new Error('In a listener.')),
      'A listener of a run threw: In a listener.',
    ],
    [
      'that throws what cannot be shown',
      () => {
        throw proxy
      },
      'A listener of a run threw: Threw something that cannot be shown',
    ],
    [
      'that throws an object without a prototype',
      () => {
        throw Object.create(null)
      },
      'A listener of a run threw: Threw {}',
    ],
  ])('%s harms nobody', async (_name, listener, warning) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const engine = createEngine({ workers: [defineWorker({ name: 'x', run: () => 1 })] })
    const run = engine.start(plan)
    const heard: string[] = []
    run.on('attempt-started', listener as () => void)
    run.on('attempt-started', () => heard.push('second'))
    run.on('event', (event) => heard.push(event.type))
    const { status } = await run.result
    await settled()
    expect(status).toBe('succeeded')
    expect(heard.slice(0, 2)).toEqual(['second', 'attempt-started'])
    expect(warn.mock.calls).toEqual([[warning, { type: 'KilostepListener' }]])
    warn.mockRestore()
  })

  test('that was to be called once is, and can be taken off', async () => {
    const three = { ...plan, subtasks: ['a', 'b', 'c'].map((id) => ({ id, worker: 'x' })) }
    const engine = createEngine({ workers: [defineWorker({ name: 'x', run: async () => 1 })] })
    const run = engine.start(three)
    const calls = { once: 0, off: 0, both: 0 }
    const off = (): void => void calls.off++
    const both = (): void => void calls.both++
    run.once('subtask-succeeded', () => calls.once++)
    run.on('subtask-succeeded', off)
    run.off('subtask-succeeded', off)
    run.once('subtask-succeeded', both)
    run.on('subtask-succeeded', both)
    await run.result
    expect(calls).toEqual({ once: 1, off: 0, both: 4 })
  })

  test('hears everything after start, also of workers that answer at once', async () => {
    const engine = createEngine({ workers: [defineWorker({ name: 'x', run: () => 1 })] })
    const run = engine.start(plan)
    const heard: string[] = []
    run.on('event', (event) => heard.push(event.type))
    await run.result
    expect(heard).toEqual(['attempt-started', 'attempt-succeeded', 'subtask-succeeded', 'run-finished'])
  })
})

test('cancelling inside a listener undoes nothing twice, and tells events in their order', async () => {
  const undone: string[] = []
  const undo = (_: unknown, { subtask }: { subtask: string }): void => void undone.push(subtask)
  const done = defineWorker({ name: 'done', run: () => 1, undo })
  const bad = defineWorker({
    name: 'bad',
    run: () => {
      throw new Error('It broke.')
    },
    policy: once,
  })
  const run = createEngine({ workers: [done, bad] }).start(
    {
      ...plan,
      subtasks: [
        { id: 'a', worker: 'done' },
        { id: 'b', worker: 'bad', needs: ['a'] },
        { id: 'c', worker: 'done', needs: ['b'] },
      ],
    },
    { rollBack: 'on-failure' },
  )
  const heard: string[] = []
  run.on('subtask-skipped', () => run.cancel())
  run.on('event', (event) => heard.push(event.type))
  const read: string[] = []
  for await (const event of run) read.push(event.type)
  await run.result
  expect(undone).toEqual(['a'])
  expect(heard).toEqual(read.slice(1))
  expect(read.slice(-4)).toEqual(['run-finished', 'undo-started', 'undo-succeeded', 'run-rolled-back'])
})
