import { createEngine, definePlan, defineWorker, type Handle, KilostepError } from 'kilostep'
import { describe, expect, test } from 'vitest'

// Everything here is wrong on purpose, in ways that types would not let through.
// biome-ignore lint/suspicious/noExplicitAny: a caller without types can give anything
type Anything = any

const w = defineWorker({ name: 'w', run: () => 1 })
const engine = createEngine({ workers: [w] })
const a = { id: 'a', worker: 'w' }
const b = { id: 'b', worker: 'w' }
const k = { id: 'k', worker: 'w' }
const planOf = (subtasks: unknown, more: object = {}) => ({ kilostep: 1, name: 'p', subtasks, ...more })
const huge = 'x'.repeat(10_000_000)
const cut = `"${'x'.repeat(77)}…"`

/** What is thrown, which must be a KilostepError. */
function thrown(act: () => unknown): KilostepError {
  try {
    act()
  } catch (error) {
    if (error instanceof KilostepError) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

function cyclic(): unknown {
  const value: Record<string, unknown> = {}
  value['itself'] = { deeper: value }
  return value
}

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('Hands off.')
    },
    getPrototypeOf() {
      throw new Error('Hands off.')
    },
  },
)

describe('a plan', () => {
  const form = 'A plan is an object with "kilostep", "name" and "subtasks", but this is'
  const path = 'has a path that is not a list of keys and indices, like ["pages", 0].'
  const itemless = 'has "$item", but only the input of a subtask with "map" has items.'
  const cases: readonly [string, unknown, ...string[]][] = [
    ['that is null', null, `${form} null.`],
    ['that is missing', undefined, `${form} empty.`],
    ['that is a text', 'plan.yaml', `${form} a string.`],
    ['that is a list', [a], `${form} a list.`],
    ['that is a function', () => planOf([a]), `${form} a function.`],
    ['that throws when it is read', hostile, 'The plan cannot be read: Hands off. Give plain data.'],
    [
      'that is empty',
      {},
      'kilostep: must be 1.',
      'name: must be a text, but it is missing.',
      '"subtasks" must be a list, but it is missing.',
    ],
    [
      'of a later form',
      { kilostep: 2, name: 'p', subtasks: [a] },
      'The plan has form 2 and this Kilostep reads up to 1. Update Kilostep.',
    ],
    ['of no form', { name: 'p', subtasks: [a] }, 'kilostep: must be 1.'],
    ['with an empty name', planOf([a], { name: '' }), 'name: must have at least 1 character.'],
    ['with a name of 10 MB', planOf([a], { name: huge }), 'name: must have at most 200 characters.'],
    [
      'whose name would move the cursor',
      planOf([a], { name: 'p\u001b[2J' }),
      'name: must not hold control characters.',
    ],
    [
      'with a misspelt key',
      planOf([a], { subtask: [] }),
      'The plan: "subtask" is not known. Did you mean "subtasks"?',
    ],
    ['without subtasks', planOf([]), 'The plan has no subtasks. Give it at least one.'],
    ['whose subtasks are no list', planOf({ a }), '"subtasks" must be a list, but it is an object.'],
    // biome-ignore lint/suspicious/noSparseArray: that is the fault
    ['whose list has holes', planOf([, a]), 'subtasks[0]: must be an object, but it is missing.'],
    ['with null for a subtask', planOf([a, null]), 'subtasks[1]: must be an object, but it is null.'],
    ['with a text for a subtask', planOf(['a']), 'subtasks[0]: must be an object, but it is a text.'],
    ['without an id', planOf([{ worker: 'w' }]), 'subtasks[0].id: must be a text, but it is missing.'],
    [
      'with a number for an id',
      planOf([{ ...a, id: 7 }]),
      'subtasks[0].id: must be a text, but it is a number.',
    ],
    [
      'with an id of 10 MB',
      planOf([{ ...a, id: huge }]),
      `subtasks[0] (${cut}).id: must have at most 200 characters.`,
    ],
    [
      'with a worker of 10 MB',
      planOf([{ ...a, worker: huge }]),
      'subtasks[0] ("a").worker: must have at most 200 characters.',
    ],
    [
      'without a worker',
      planOf([{ id: 'a' }]),
      'subtasks[0] ("a").worker: must be a text, but it is missing.',
    ],
    [
      'with a misspelt key in a subtask',
      planOf([{ ...a, need: ['b'] }]),
      'subtasks[0] ("a"): "need" is not known. Did you mean "needs"?',
    ],
    [
      'with an id twice',
      planOf([a, { ...a, input: 1 }]),
      'The id "a" is used more than once. Give each subtask and check its own.',
    ],
    [
      'with an id that its own map will give away',
      planOf([
        { ...a, map: { over: [1, 2] } },
        { ...a, id: 'a[1]' },
      ]),
      'The id "a[1]" is that of a subtask which the map "a" will add. Give it another.',
    ],
    [
      'with the id of a subtask for a check',
      planOf([a], { checks: [{ ...k, id: 'a', covers: ['a'] }] }),
      'The id "a" is used more than once. Give each subtask and check its own.',
    ],
    [
      'with an edge to itself',
      planOf([{ ...a, needs: ['a'] }]),
      'Subtask "a" needs itself. Take that edge away.',
    ],
    [
      'with a reference to itself',
      planOf([{ ...a, input: { n: [{ $from: 'a' }] } }]),
      'Subtask "a" needs itself. Take that edge away.',
    ],
    [
      'with a cycle',
      planOf([
        { ...a, needs: ['b'] },
        { ...b, input: { $from: 'c' } },
        { id: 'c', worker: 'w', when: { value: { $from: 'a' } } },
      ]),
      'There is a cycle: "a" → "c" → "b" → "a". Take one of these edges away.',
    ],
    [
      'whose check would wait for itself',
      planOf([a, { ...b, needs: ['a'] }], { checks: [{ ...k, covers: ['a', 'b'] }] }),
      'There is a cycle: "b" → "k" → "b". Take one of these edges away.',
    ],
    [
      'with an edge to nothing',
      planOf([
        { id: 'page', worker: 'w' },
        { ...b, needs: ['pages'] },
      ]),
      'Subtask "b" needs "pages", which is not in the plan. Did you mean "page"?',
    ],
    [
      'with a reference to nothing',
      planOf([{ ...a, input: { x: [{ $from: 'zebra' }] } }]),
      'Subtask "a" needs "zebra", which is not in the plan.',
    ],
    [
      'with a misspelt worker',
      planOf([{ ...a, worker: 'ww' }]),
      'Subtask "a" needs worker "ww", which is not known. Did you mean "w"?',
    ],
    [
      'with an unknown worker, many times',
      planOf([
        { ...a, worker: 'nobody' },
        { ...b, worker: 'nobody' },
      ]),
      '2 subtasks (the first is "a") need worker "nobody", which is not known. Known: "w".',
    ],
    [
      'whose check covers nothing',
      planOf([a], { checks: [{ ...k, covers: [] }] }),
      'checks[0] ("k").covers: must have at least 1 item.',
    ],
    [
      'whose check covers what is not there',
      planOf([a], { checks: [{ ...k, covers: ['aa'] }] }),
      'Check "k" covers "aa", which is not in the plan. Did you mean "a"?',
    ],
    [
      'whose check covers a subtask twice',
      planOf([a], { checks: [{ ...k, covers: ['a', 'a'] }] }),
      'Check "k" covers "a" twice; once is enough.',
    ],
    [
      'with two checks over one subtask',
      planOf([a], {
        checks: [
          { ...k, covers: ['a'] },
          { ...k, id: 'l', covers: ['a'] },
        ],
      }),
      'Check "l" covers "a" and so does check "k"; one check may cover a subtask.',
    ],
    [
      'with a check over a check',
      planOf([a], {
        checks: [
          { ...k, covers: ['a'] },
          { ...k, id: 'l', covers: ['k'] },
        ],
      }),
      'Check "l" covers "k", which is a check itself. Cover subtasks only.',
    ],
    [
      'with a check over a map',
      planOf([{ ...a, map: { over: [] } }], { checks: [{ ...k, covers: ['a'] }] }),
      'Subtask "a" is a map, and a check cannot cover a map. Give its worker a verifier, or have a subtask judge the list.',
    ],
    [
      'whose check is given what it does not cover',
      planOf([a, b], { checks: [{ ...k, covers: ['a'], input: { $from: 'b' } }] }),
      'Check "k" refers to "b", which it does not cover. Add it to "covers".',
    ],
    [
      'with a key of ours in its data',
      planOf([{ ...a, input: { $ref: 1 } }]),
      'The input of subtask "a": its top has the key "$ref", and keys with "$" are Kilostep\'s; wrap the data: { "$literal": … }.',
    ],
    [
      'with a reference to a number',
      planOf([{ ...a, input: { $from: 7 } }]),
      'The input of subtask "a": its top has a "$from" that is not a subtask\'s id.',
    ],
    [
      'with a misspelt part of a reference',
      planOf([a, { ...b, input: { $from: 'a', pth: [] } }]),
      'The input of subtask "b": its top has the key "pth" beside "$from".',
    ],
    [
      'with a path that is a text',
      planOf([a, { ...b, input: { x: { $from: 'a', path: 'title' } } }]),
      `The input of subtask "b": "x" ${path}`,
    ],
    [
      'with a path into what every object has',
      planOf([a, { ...b, input: { $from: 'a', path: ['__proto__'] } }]),
      `The input of subtask "b": its top ${path}`,
    ],
    [
      'with an index below 0',
      planOf([a, { ...b, input: { $from: 'a', path: [-1] } }]),
      `The input of subtask "b": its top ${path}`,
    ],
    [
      'with an item and no map',
      planOf([{ ...a, input: { $item: [] } }]),
      `The input of subtask "a" ${itemless}`,
    ],
    [
      'with an item in the list of its map',
      planOf([{ ...a, map: { over: { $item: [] } } }]),
      `The map.over of subtask "a" ${itemless}`,
    ],
    ['with an item in its output', planOf([a], { output: { $item: [] } }), `The output ${itemless}`],
    [
      'whose output is of nothing',
      planOf([a], { output: { $from: 'aa' } }),
      'The output refers to "aa", which is not in the plan. Did you mean "a"?',
    ],
    [
      'with NaN',
      planOf([{ ...a, input: { x: Number.NaN } }]),
      'The input of subtask "a": "x" is NaN, which JSON cannot hold.',
    ],
    [
      'with a BigInt',
      planOf([{ ...a, input: [1n] }]),
      'The input of subtask "a": "[0]" is a bigint, which JSON cannot hold.',
    ],
    [
      'with a function',
      planOf([{ ...a, input: () => 1 }]),
      'The input of subtask "a": is a function, which JSON cannot hold.',
    ],
    [
      'with a Date',
      planOf([{ ...a, input: { at: new Date(0) } }]),
      'The input of subtask "a": "at" is an instance of a class; give plain data.',
    ],
    [
      'with the key "__proto__"',
      planOf([{ ...a, input: JSON.parse('{"__proto__":1}') }]),
      'The input of subtask "a": its top has the key "__proto__".',
    ],
    [
      'that is nested too deep',
      planOf([{ ...a, input: nested(202) }]),
      'The input of subtask "a": it is nested deeper than 200 levels, or refers to itself.',
    ],
    [
      'that refers to itself',
      planOf([{ ...a, input: cyclic() }]),
      'The input of subtask "a": it is nested deeper than 200 levels, or refers to itself.',
    ],
    [
      'whose fallback refers to itself',
      planOf([{ ...a, fallback: cyclic() }]),
      'The fallback of subtask "a" is nested deeper than 200 levels, or refers to itself.',
    ],
    [
      'whose condition holds a BigInt',
      planOf([a, { ...b, when: { value: { $from: 'a' }, in: [1, { n: 2n }] } }]),
      'The when.in of subtask "b" holds a bigint at [1].n, which JSON cannot hold.',
    ],
    [
      'whose literal holds a function',
      planOf([{ ...a, input: { x: { $literal: { run: () => 1 } } } }]),
      'The input of subtask "a": "x" has a "$literal" that holds a function at run, which JSON cannot hold.',
    ],
    [
      'with a getter that throws',
      planOf([
        {
          ...a,
          get input() {
            throw new Error('Not today.')
          },
        },
      ]),
      'The plan cannot be read: Not today. Give plain data.',
    ],
    [
      'with a priority over 1,000',
      planOf([{ ...a, priority: 1_001 }]),
      'subtasks[0] ("a").priority: must be at most 1000.',
    ],
    [
      'with a priority under −1,000',
      planOf([{ ...a, priority: -1_001 }]),
      'subtasks[0] ("a").priority: must be at least -1000.',
    ],
    [
      'with half a priority',
      planOf([{ ...a, priority: 0.5 }]),
      'subtasks[0] ("a").priority: must be a whole number.',
    ],
    [
      'with a text for a priority',
      planOf([{ ...a, priority: 'high' }]),
      'subtasks[0] ("a").priority: must be a number, but it is a text.',
    ],
    [
      'with a misspelt retry policy',
      planOf([{ ...a, policy: { retry: { attemps: 2 } } }]),
      'subtasks[0] ("a").policy.retry: "attemps" is not known. Did you mean "attempts"?',
    ],
    [
      'with 0 attempts',
      planOf([{ ...a, policy: { retry: { attempts: 0 } } }]),
      'subtasks[0] ("a").policy.retry.attempts: must be at least 1.',
    ],
    [
      'with a time limit of half a millisecond',
      planOf([{ ...a, policy: { timeoutMs: 0.5 } }]),
      'subtasks[0] ("a").policy.timeoutMs: must be a whole number.',
    ],
    [
      'that would ignore failures',
      planOf([{ ...a, policy: { onFailure: 'ignore' } }]),
      'subtasks[0] ("a").policy.onFailure: must be "skip" or "stop".',
    ],
    [
      'with a condition on nothing',
      planOf([{ ...a, when: {} }]),
      'subtasks[0] ("a").when.value: is missing.',
    ],
    [
      'with true for a condition',
      planOf([{ ...a, when: true }]),
      'subtasks[0] ("a").when: must be an object, but it is true or false.',
    ],
    [
      'with a list for a map',
      planOf([{ ...a, map: [] }]),
      'subtasks[0] ("a").map: must be an object, but it is a list.',
    ],
    [
      'that needs a text',
      planOf([{ ...a, needs: 'b' }]),
      'subtasks[0] ("a").needs: must be a list, but it is a text.',
    ],
    [
      'that brings along half a worker',
      planOf([a], { workers: { x: { comand: ['ls'] } } }),
      'workers.x.command: must be a list or a text, but it is missing.',
      'workers.x: "comand" is not known. Did you mean "command"?',
    ],
  ]

  test.each(cases)('%s', (_name, plan, ...messages) => {
    const error = thrown(() => engine.start(plan))
    expect(error.code).toBe('invalid-plan')
    expect(error.faults.map(({ message }) => message)).toEqual(messages)
    for (const message of messages) expect(error.message).toContain(message)
  })

  test('whose input does not fit its worker', async () => {
    const { z } = await import('zod')
    const strict = defineWorker({ name: 's', input: z.object({ url: z.url() }), run: () => 1 })
    const error = thrown(() =>
      createEngine({ workers: [strict] }).start(planOf([{ id: 'a', worker: 's', input: { url: 'x' } }])),
    )
    expect(error.faults[0]?.message).toBe(
      'The input of subtask "a" does not fit worker "s", at url: Invalid URL.',
    )
  })

  test('is told of all its faults at once, the first fifty in words', () => {
    const error = thrown(() => engine.start(planOf(Array.from({ length: 60 }, () => ({ id: 7 })))))
    expect(error.faults).toHaveLength(120)
    expect(error.message).toContain('… and 70 more faults')
  })

  test('that brings along workers which nothing has made', () => {
    const error = thrown(() => engine.start(planOf([a], { workers: { sh: { command: 'ls' } } })))
    expect([error.code, error.message]).toEqual([
      'unknown-worker',
      'The plan brings along "sh", and nothing has made workers of that. Pass planWorkers(plan, …) to createEngine.',
    ])
  })
})

describe('options', () => {
  const cases: readonly [string, Anything, ...string[]][] = [
    ['that are null', null, 'They must be an object, but this is null.'],
    ['that are a number', 3, 'They must be an object, but this is a number.'],
    ['with a misspelt name', { concurency: 3 }, '"concurency" is not known. Did you mean "concurrency"?'],
    ['with no slots', { concurrency: 0 }, '"concurrency" must be at least 1.'],
    ['with one slot and a half', { concurrency: 1.5 }, '"concurrency" must be a whole number.'],
    ['with a text for a number', { concurrency: '4' }, '"concurrency" must be a number, but it is a text.'],
    ['with a time limit below 0', { timeoutMs: -1 }, '"timeoutMs" must be at least 1.'],
    [
      'with no end',
      { timeoutMs: Number.POSITIVE_INFINITY },
      '"timeoutMs" must be a number, but it is Infinity.',
    ],
    [
      'with a time limit that no timer holds',
      { timeoutMs: 2 ** 31 },
      '"timeoutMs" must be at most 2147483647.',
    ],
    ['with NaN for a seed', { seed: Number.NaN }, '"seed" must be a text or a number, but it is NaN.'],
    ['with an empty seed', { seed: '' }, '"seed" must have at least 1 character.'],
    ['that ask for certainty', { target: 1 }, '"target" must be less than 1.'],
    ['that ask for nothing', { target: 0 }, '"target" must be more than 0.'],
    ['with a budget of nothing', { budget: { usd: 0 } }, '"budget.usd" must be more than 0.'],
    [
      'with a budget in another currency',
      { budget: { dollars: 1 } },
      '"budget" "dollars" is not known. There are "attempts", "usd", "tokens".',
    ],
    ['with an empty id', { run: '' }, '"run" must have at least 1 character.'],
    ['with an id of 10 MB', { run: huge }, '"run" must have at most 200 characters.'],
    ['with something like a signal', { signal: { aborted: false } }, '"signal" must be an AbortSignal.'],
    ['that would always roll back', { rollBack: true }, '"rollBack" must be "on-failure".'],
    ['with an order of their own', { order: 'random' }, '"order" must be "critical-path" or "plan".'],
    ['that allow no depth', { maxDepth: 0 }, '"maxDepth" must be at least 1.'],
    ['that allow no answer', { maxAnswerBytes: 0 }, '"maxAnswerBytes" must be at least 1.'],
    [
      'with several faults',
      { maxSubtasks: 1.5, sed: 1 },
      '"maxSubtasks" must be a whole number.',
      '"sed" is not known. Did you mean "seed"?',
    ],
  ]
  test.each(cases)('of start %s', (_name, options, ...messages) => {
    const error = thrown(() => engine.start(planOf([a]), options))
    expect(error.code).toBe('invalid-options')
    expect(error.message.startsWith('The options of start cannot be used:')).toBe(true)
    expect(error.faults.map(({ message }) => message)).toEqual(messages)
  })

  test.each<[string, Anything, ...string[]]>([
    ['that are null', null, 'They must be an object, but this is null.'],
    ['whose workers are no list', { workers: { w } }, '"workers" must be a list, but it is an object.'],
    [
      'with a worker of somebody else',
      { workers: [{ name: 'x' }] },
      '"workers.0" must be made by defineWorker.',
    ],
    ['with half a journal', { journal: {} }, '"journal" must be a journal, like memoryJournal().'],
    ['with half a clock', { clock: {} }, '"clock" must be a clock, like systemClock().'],
    ['with no patience', { stuckMs: 0 }, '"stuckMs" must be at least 1.'],
    ['with a misspelt name', { stuckMS: 1 }, '"stuckMS" is not known. Did you mean "stuckMs"?'],
  ])('of createEngine %s', (_name, options, ...messages) => {
    const error = thrown(() => createEngine(options))
    expect(error.message.startsWith('The options of createEngine cannot be used:')).toBe(true)
    expect(error.faults.map(({ message }) => message)).toEqual(messages)
  })

  test('that allow fewer subtasks than there are', () => {
    expect(thrown(() => engine.start(planOf([a, b]), { maxSubtasks: 1 })).faults[0]?.message).toBe(
      'The plan has 2 subtasks and the limit is 1. Raise "maxSubtasks" or split the task.',
    )
  })
})

describe('an engine', () => {
  test('with two workers of one name', () => {
    const two = [defineWorker({ name: 'x', run: () => 1 }), defineWorker({ name: 'x', run: () => 2 })]
    expect(thrown(() => createEngine({ workers: two })).message).toBe(
      'The engine has another worker named "x" already. Give each its own name, or use one engine each.',
    )
  })

  test('that is asked for a run id twice', () => {
    engine.start(planOf([a]), { run: 'again' })
    const error = thrown(() => engine.start(planOf([a]), { run: 'again' }))
    expect([error.code, error.message]).toEqual([
      'run-exists',
      'There is a run "again" already. Give the new one another id.',
    ])
  })

  test('that is closed', async () => {
    const closed = createEngine({ workers: [w] })
    await closed.close()
    const error = thrown(() => closed.start(planOf([a])))
    expect([error.code, error.message]).toEqual([
      'engine-closed',
      'The engine is closed. Create another one.',
    ])
  })

  test('whose run is rolled back before it has ended', async () => {
    const run = engine.start(planOf([a]), { run: 'early' })
    await expect(run.rollBack()).rejects.toThrow(
      'Run early has not ended. Cancel it or await its result before rolling it back.',
    )
  })
})

describe('a worker', () => {
  const name = '"name" must be a text of 1 to 200 characters, none of them a control character.'
  const run = () => 1
  test.each<[string, Anything, ...string[]]>([
    ['without anything', {}, name, '"run" must be a function, but it is missing.'],
    ['with a number for a name', { name: 7, run }, name],
    ['with a name of 10 MB', { name: huge, run }, name],
    ['with a name of two lines', { name: 'a\nb', run }, name],
    ['with nothing to run', { name: 'x' }, '"run" must be a function, but it is missing.'],
    ['with a text to run', { name: 'x', run: 'ls' }, '"run" must be a function, but it is a string.'],
    [
      'with true for a verifier',
      { name: 'x', run, verify: true },
      '"verify" must be a function, but it is a boolean.',
    ],
    [
      'with a misspelt option',
      { name: 'x', run, verfy: run },
      '"verfy" is not an option of a worker. Did you mean "verify"?',
    ],
    ['with data for a schema', { name: 'x', run, input: { url: 'text' } }, '"input" must be a zod schema.'],
    [
      'with a number for a policy',
      { name: 'x', run, policy: { retry: 3 } },
      '"policy.retry" must be an object, but it is a number.',
    ],
    ['with no slots', { name: 'x', run, concurrency: 0 }, '"concurrency" must be at least 1.'],
    [
      'with half a rate',
      { name: 'x', run, rate: { limit: 1 } },
      '"rate.intervalMs" must be a number, but it is missing.',
    ],
    [
      'with other effects',
      { name: 'x', run, effects: 'twice' },
      '"effects" must be "none" or "idempotent" or "once".',
    ],
    ['that earns money', { name: 'x', run, cost: { usd: -1 } }, '"cost.usd" must be 0 or more.'],
    [
      'that costs euros',
      { name: 'x', run, cost: { eur: 1 } },
      '"cost.eur" is not known; there are "usd" and "tokens".',
    ],
    ['that costs 3', { name: 'x', run, cost: 3 }, '"cost" must be an object with "usd" or "tokens".'],
  ])('%s', (_name, options, ...messages) => {
    const error = thrown(() => defineWorker(options))
    expect(error.code).toBe('invalid-worker')
    expect(error.faults.map(({ message }) => message)).toEqual(messages)
  })

  test.each([null, 'text', undefined])('that is %s', (options) => {
    expect(thrown(() => defineWorker(options as Anything)).message).toBe(
      'defineWorker takes an object with "name" and "run".',
    )
  })
})

describe('a defined plan', () => {
  let foreign: Handle<number> | undefined
  definePlan('other', (p) => {
    foreign = p.subtask(w, 1)
  })
  const stranger = (): Anything => foreign
  const notMade = 'A subtask was given something that defineWorker has not made.'
  test.each<[string, (p: Anything) => unknown, string]>([
    [
      'with a handle of another',
      (p) => p.subtask(w, { x: stranger() }),
      'The input of "w-1": the handle of "w-1" is of another plan.',
    ],
    [
      'that needs a handle of another',
      (p) => p.subtask(w, 1, { needs: [stranger()] }),
      'The handle of "w-1" is of another plan.',
    ],
    [
      'that covers a handle of another',
      (p) => p.check(w, [stranger()]),
      'The handle of "w-1" is of another plan.',
    ],
    ['without a worker', (p) => p.subtask(undefined, 1), notMade],
    ['with a worker of somebody else', (p) => p.subtask({ name: 'x', run: () => 1 }, 1), notMade],
    ['that maps without a worker', (p) => p.map(p.subtask(w, 1), undefined, (x: unknown) => x), notMade],
    [
      'with two workers of one name',
      (p) => [p.subtask(w, 1), p.subtask(defineWorker({ name: 'w', run: () => 2 }), 1)],
      'Two workers are named "w". Give each its own name.',
    ],
    [
      'with a misspelt option',
      (p) => p.subtask(w, 1, { priorty: 3 }),
      'A subtask of "w" has no option "priorty". Did you mean "priority"?',
    ],
    [
      'with null for options',
      (p) => p.subtask(w, 1, null),
      'The options of a subtask of "w" must be an object, but they are null.',
    ],
    [
      'that maps to no function',
      (p) => p.map(p.subtask(w, 1), w, 7),
      'A map takes a function from an item to an input, not a number.',
    ],
    [
      'that needs ids',
      (p) => p.subtask(w, 1, { needs: ['a'] }),
      '"needs" and checks take handles that this plan gave, not a string.',
    ],
    [
      'that needs no list',
      (p) => p.subtask(w, 1, { needs: 'a' }),
      '"needs" and checks take a list of handles, not a string.',
    ],
    [
      'that covers no list',
      (p) => p.check(w, 'a'),
      '"needs" and checks take a list of handles, not a string.',
    ],
    [
      'with a Date',
      (p) => p.subtask(w, { at: new Date(0) }),
      'The input of "w-1": it holds an instance of Date; give plain data.',
    ],
    [
      'with the key "__proto__"',
      (p) => p.subtask(w, JSON.parse('{"__proto__":1}')),
      'The input of "w-1": it has the key "__proto__".',
    ],
    [
      'that refers to itself',
      (p) => p.subtask(w, cyclic()),
      'The input of "w-1": it is nested deeper than 200 levels, or refers to itself.',
    ],
    [
      'that is built later',
      async (p) => p.subtask(w, 1),
      'The function builds the plan at once: await what it needs before, not in it.',
    ],
  ])('%s', (_name, build, message) => {
    const error = thrown(() => definePlan('p', (p) => build(p) as Anything))
    expect(error.code).toBe('invalid-plan')
    expect(error.faults.map((fault) => fault.message)).toContain(message)
  })

  test('that is no function', () => {
    expect(thrown(() => definePlan('p', { subtasks: [] } as Anything)).message).toBe(
      'definePlan takes a name and a function that builds the plan; "build" is of type object.',
    )
  })

  test('keeps data that only looks like a reference', async () => {
    const echo = defineWorker({ name: 'echo', run: (input: unknown) => input })
    const plan = definePlan('p', (p) => p.subtask(echo, { $from: 'nowhere', list: [{ $item: 1 }] }))
    const { output } = await createEngine().start(plan).result
    expect(output).toEqual({ $from: 'nowhere', list: [{ $item: 1 }] })
  })
})
