import { type ModelRequest, type ModelServer, type ModelServerOptions, modelServer } from '@kilostep/testing'
import { AttemptError, createEngine, defineWorker, planTask, replanWorker, splitWorker } from 'kilostep'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineModel } from '../model/model.ts'
import { type ModelPlannerOptions, modelPlanner } from './model-planner.ts'

const square = defineWorker({
  name: 'square',
  description: 'Squares a number.',
  input: z.object({ n: z.int() }),
  output: z.int(),
  verify: () => true,
  run: ({ n }) => n * n,
})
const add = defineWorker({
  name: 'add',
  input: z.object({ parts: z.array(z.int()) }),
  run: ({ parts }) => parts.reduce((a, b) => a + b, 0),
})
const workers = [square, add]

const good = {
  name: 'sum of squares',
  subtasks: [
    { id: 'one', worker: 'square', input: { n: 1 } },
    { id: 'two', worker: 'square', input: { n: 2 } },
    { id: 'sum', worker: 'add', input: { parts: [{ $from: 'one' }, { $from: 'two' }] } },
  ],
  output: { $from: 'sum' },
}
const bad = {
  subtasks: [
    { id: 'one', worker: 'sqare', input: { n: 1 } },
    { id: 'two', worker: 'Square', input: { n: 'two' }, needs: ['two', 'three'] },
    { id: 'a', worker: 'add', input: { parts: [] }, needs: ['b'], policy: { retry: { attempts: 9_999 } } },
    { id: 'b', worker: 'add', input: { parts: [] }, needs: ['a', 'a'] },
  ],
  workers: { shell: { command: ['rm', '-rf', '/'] } },
}

async function plan(
  answer: ModelServerOptions['answer'],
  options: Partial<ModelPlannerOptions & Parameters<typeof planTask>[2]> = {},
  server: Partial<ModelServerOptions> = {},
) {
  const { samples, attempts, ...rest } = options
  const own = { ...(samples && { samples }), ...(attempts && { attempts }) }
  const asked: ModelRequest[] = []
  const say = typeof answer === 'function' ? answer : undefined
  const list = Array.isArray(answer) ? answer : [answer]
  const running: ModelServer = await modelServer({
    ...server,
    answer: (request) => {
      asked.push(request)
      return say === undefined ? list[Math.min(asked.length, list.length) - 1] : say(request)
    },
  })
  const model = defineModel(`${running.url}#sim`, { price: { input: 1, output: 2 }, maxOutputTokens: 2_000 })
  const spent = { usd: 0, tokens: 0 }
  try {
    const made = await planTask('Sum the squares.', modelPlanner({ model, ...own }), {
      workers,
      spend: ({ usd = 0, tokens = 0 }) => {
        spent.usd += usd
        spent.tokens += tokens
      },
      ...rest,
    })
    return { made, asked, spent, model, running }
  } finally {
    await running.close()
  }
}

describe('a planner on a model', () => {
  test('knows the workers, gives a plan that runs, and says what it cost', async () => {
    const { made, asked, spent, model, running } = await plan({ json: good })
    expect((await createEngine().start(made).result).output).toBe(5)
    expect(made.data.name).toBe('sum of squares')
    expect(asked[0]).toMatchObject({ json: true, temperature: 0 })
    expect(asked[0]?.system).toContain('"name":"square","does":"Squares a number.","takes":{"type":"object"')
    expect(asked[0]?.system).toContain('"judged":true')
    expect(asked[0]?.prompt).toContain('"Sum the squares."')
    expect(spent.tokens).toBe(running.tally.inputTokens + running.tally.outputTokens)
    expect(spent.usd).toBeCloseTo(model.totals.usd, 12)
  })

  test.each([
    [
      'prose around it',
      `Sure! Here is the plan:\n\`\`\`json\n${JSON.stringify(good, null, 2)}\n\`\`\`\nGood luck.`,
    ],
    ['an envelope', JSON.stringify({ thoughts: 'hm', plan: good })],
  ])('may reply with %s', async (_, reply) => {
    const { made, asked } = await plan(reply)
    expect(made.data.subtasks).toHaveLength(3)
    expect(asked).toHaveLength(1)
  })

  test('is told everything that is wrong with its plan, once', async () => {
    const { made, asked } = await plan([{ json: bad }, { json: good }])
    expect(made.data.subtasks).toHaveLength(3)
    expect(asked).toHaveLength(2)
    for (const fault of [
      'brings workers of its own',
      '"a" has a "policy" of its own',
      '"sqare", which is not known. Did you mean "square"?',
      'The input of subtask "two" does not fit worker "square", at n',
      'needs "three", which is not in the plan',
      'There is a cycle: "a" → "b" → "a"',
    ])
      expect(asked[1]?.prompt).toContain(fault)
    // What it said goes back to it as data.
    expect(asked[1]?.prompt).toContain('rm')
    expect(asked[1]?.prompt).toMatch(/Your reply before was:\n<data-/)
  })

  test.each([
    ['cut off', JSON.stringify(good).padEnd(9_000), 'too long'],
    ['cut', JSON.stringify(good).slice(0, 90), 'stops in the middle of its JSON'],
    ['no JSON', 'I cannot do that.', 'holds no JSON object'],
    ['two plans', JSON.stringify(good) + JSON.stringify(bad), '2 different JSON objects'],
  ])('is asked again where its reply is %s', async (_, reply, why) => {
    const { made, asked } = await plan([reply, { json: good }])
    expect(made.data.subtasks).toHaveLength(3)
    expect(asked[1]?.prompt).toContain(why)
  })

  test('mends what has one reading, and says so', async () => {
    const respelled = JSON.stringify(good).replaceAll('"square"', '"SQUARE"')
    const rounds: unknown[] = []
    const { made } = await plan(respelled, { onRound: (round) => rounds.push(round) })
    expect(made.mended.map(({ code }) => code)).toEqual(['respelled-worker', 'respelled-worker'])
    expect(rounds).toEqual([{ round: 1, mended: made.mended, faults: [] }])
  })

  test('fails clearly after its rounds', async () => {
    const failing = plan({ json: bad }, { rounds: 2 })
    await expect(failing).rejects.toThrow('asked 2 times and gave no plan that can be used')
    await expect(failing).rejects.toMatchObject({ code: 'no-plan', faults: { length: 6 } })
  })

  test('tries again what could not be reached, and then says so', async () => {
    const { asked } = await plan(
      { json: good },
      { attempts: 20 },
      { faults: { 'rate-limit': 0.7 }, retryAfterMs: 0, seed: 3 },
    )
    expect(asked).toHaveLength(1)
    const lost = plan({ json: good }, { attempts: 1 }, { faults: { 'server-error': 1 } })
    await expect(lost).rejects.toThrow('The planner threw: "The model failed with 500')
  })

  test('takes the best of several plans', async () => {
    const long = { ...good, subtasks: [...good.subtasks, { id: 'more', worker: 'square', input: { n: 3 } }] }
    const plans = [bad, long, good, long]
    const { made, asked } = await plan(
      ({ temperature }) => ({ json: plans[temperature === 0 ? 0 : asked_++ % 4] }),
      {
        samples: 5,
      },
    )
    expect(asked).toHaveLength(5)
    expect(made.data.subtasks).toHaveLength(3)
  })
  let asked_ = 0

  test('names a map over data that is given, and never sees or writes all of it', async () => {
    await using server = await modelServer({
      answer: ({ prompt }) => {
        expect(prompt.length).toBeLessThan(3_000)
        expect(prompt).toContain('… (1000 items)')
        return {
          json: {
            subtasks: [
              {
                id: 'squares',
                worker: 'square',
                map: { over: { $from: 'given', path: ['rows'] } },
                input: { n: { $item: ['n'] } },
              },
              { id: 'sum', worker: 'add', input: { parts: { $from: 'squares' } } },
            ],
            output: { sum: { $from: 'sum' }, unit: { $from: 'given', path: ['unit'] } },
          },
        }
      },
    })
    const given = { unit: 'm²', rows: Array.from({ length: 1_000 }, (_, n) => ({ n })) }
    const planner = modelPlanner({ model: `${server.url}#sim` })
    const made = await planTask({ task: 'Sum the squares of the rows.', given }, planner, { workers })
    const { output, report } = await createEngine().start(made).result
    expect(output).toEqual({ sum: 332_833_500, unit: 'm²' })
    expect(report.subtasks.planned).toBe(1_002)
  })

  test('is told where it refers to data that is not there', async () => {
    const server = await modelServer({
      answer: ({ prompt }) => ({
        json: {
          subtasks: [
            {
              id: 'x',
              worker: 'square',
              input: { n: { $from: 'given', path: prompt.includes('not there') ? ['n'] : ['m'] } },
            },
          ],
        },
      }),
    })
    const made = await planTask(
      { task: 't', given: { n: 3 } },
      modelPlanner({ model: `${server.url}#sim` }),
      { workers },
    )
    expect(made.data.subtasks[0]?.input).toEqual({ n: 3 })
    await server.close()
  })

  test('splits a part when its turn comes, and puts another way in the place of what failed', async () => {
    await using server = await modelServer({
      answer: ({ prompt, system }) => {
        if (prompt.includes('failed for good')) {
          expect(prompt).toContain('"the well is dry"')
          return {
            json: {
              subtasks: [{ id: 'sum again', worker: 'add', input: { parts: [{ $from: 'four' }, 0] } }],
              output: { $from: 'sum again' },
            },
          }
        }
        if (prompt.includes('"Square two."')) {
          expect(system).not.toContain('"name":"split"')
          return { json: { subtasks: [{ id: 's', worker: 'square', input: { n: { $from: 'given' } } }] } }
        }
        expect(system).toContain('"name":"split"')
        return {
          json: {
            subtasks: [
              { id: 'four', worker: 'split', input: { task: 'Square two.', given: 2 } },
              { id: 'dry', worker: 'well', needs: ['four'] },
              { id: 'sum', worker: 'add', input: { parts: [{ $from: 'four' }, { $from: 'dry' }] } },
            ],
            output: { $from: 'sum' },
          },
        }
      },
    })
    const well = defineWorker({
      name: 'well',
      run: (): number => {
        throw new AttemptError('the well is dry', { retryable: false })
      },
    })
    const planner = modelPlanner({
      model: defineModel(`${server.url}#sim`, { price: { input: 1, output: 1 } }),
    })
    const split = splitWorker({ planner, workers, maxDepth: 1 })
    // Three rounds of three calls at most, reserved before each attempt.
    expect(split.cost?.tokens).toBe(9 * (32_000 + 2_048))
    const task = 'Add what the well gives to four.'
    const replan = replanWorker({ planner, task, workers })
    const made = await planTask(task, planner, { workers: [...workers, well, split] })
    const { output, report } = await createEngine({ workers: [replan] }).start(made, {
      replan: { worker: 'replan' },
    }).result
    expect(output).toBe(4)
    expect(report.subtasks).toMatchObject({ planned: 6, succeeded: 4, superseded: 2 })
    // What planning costs within the run is the run's.
    expect(report.spend.usd).toBeGreaterThan(0)
  })

  test('puts another way in the place of one item of a map', async () => {
    const map = {
      subtasks: [{ id: 'all', worker: 'picky', map: { over: { $from: 'given' } }, input: { $item: [] } }],
      output: { $from: 'all' },
    }
    await using server = await modelServer({
      answer: ({ prompt }) => {
        if (!prompt.includes('failed for good')) return { json: map }
        expect(prompt).toContain('is the answer of the subtask that failed')
        expect(prompt).toContain('"input": 13')
        return { json: { subtasks: [{ id: 'twelve', worker: 'picky', input: 12 }] } }
      },
    })
    const picky = defineWorker({
      name: 'picky',
      run: (n: number) => {
        if (n === 13) throw new AttemptError('not that one', { retryable: false })
        return n
      },
    })
    const planner = modelPlanner({ model: `${server.url}#sim` })
    const crew = [picky]
    const made = await planTask({ task: 'Take each.', given: [11, 13, 15] }, planner, { workers: crew })
    const replan = replanWorker({ planner, task: 'Take each.', workers: crew })
    const run = createEngine({ workers: [replan] }).start(made, { replan: { worker: 'replan' } })
    const { status, output } = await run.result
    expect([status, output]).toEqual(['succeeded', [11, 12, 15]])
  })

  test('stops when it is told to', async () => {
    const controller = new AbortController()
    const stopped = plan(
      () => {
        controller.abort(new Error('enough'))
        return { json: good }
      },
      { signal: controller.signal },
    )
    await expect(stopped).rejects.toThrow('enough')
  })

  test.each([{ samples: 0 }, { attempts: 1.5 }, { sample: 2 }, { temperature: 3 }])(
    'takes no %j',
    (options) => {
      expect(() => modelPlanner({ model: 'ollama:x', ...options })).toThrow('The options of modelPlanner')
    },
  )
})
