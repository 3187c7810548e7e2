import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelServerOptions, modelServer } from '@kilostep/testing'
import { describe, expect, it } from 'vitest'
import { ran, temporaryFolder } from '../testing/fake-io.ts'

const workersModule = `
const worker = (name, run, rest) => ({ kind: 'worker', name, run, ...rest })
export const double = worker('double', (n) => n * 2)
export const others = [worker('sum', (list) => list.reduce((a, b) => a + b, 0)), worker('dry', () => { throw new Error('dry') }, { policy: { retry: { attempts: 1 } } })]
export const nothing = 7
`
const doubles = {
  subtasks: [
    { id: 'doubles', worker: 'double', map: { over: { $from: 'given' } }, input: { $item: [] } },
    { id: 'sum', worker: 'sum', input: { $from: 'doubles' } },
  ],
  output: { $from: 'sum' },
}

async function withModel(
  answer: ModelServerOptions['answer'] | undefined,
  use: (model: string, folder: string) => Promise<void>,
): Promise<number> {
  using folder = temporaryFolder({ 'workers.mjs': workersModule, 'rows.json': '[1, 2, 3]' })
  await using server = await modelServer(answer === undefined ? {} : { answer })
  await use(`${server.url}#sim`, folder.path)
  return server.tally.requests
}

describe('kilostep plan "task"', () => {
  it('shows the plan and what it would come to, saves it, and runs nothing', async () => {
    const requests = await withModel(undefined, async (model, folder) => {
      const args = ['plan', 'Compare the licences', '--model', model, '--save', 'plan.json']
      const rates = ['--rate', 'write=0.98', 'list=0.99', '--items', '20']
      const { code, stdout, stderr } = await ran([...args, ...rates], { folder })
      expect(stderr).toMatch(/^Planned in 1 round: [\d,]+ tokens\.\nThe plan is in plan\.json:/)
      expect(stdout).toContain('  2  each part: write  for each of {"$from":"parts"}')
      expect(stdout).toContain('all 22 subtasks are right in 64.8 % of')
      expect(code).toBe(0)
      const saved = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8'))
      expect(saved).toMatchObject({ kilostep: 1, description: 'Compare the licences' })
    })
    expect(requests).toBe(1)
  })

  it.each([
    ['--json', /^\{\n {2}"plan": \{/],
    ['--mermaid', /^flowchart TD\n[\s\S]*%% How many subtasks there are/],
    ['--dot', /^\/\/ How many subtasks there are[\s\S]*\ndigraph "A simulated plan" \{/],
  ])('prints it as %s', async (form, shape) => {
    await withModel(undefined, async (model, folder) => {
      const { code, stdout } = await ran(['plan', 'Compare', '--model', model, form], { folder })
      expect(stdout.replace('// A simulated plan: ', '// ').replace('%% A simulated plan: ', '%% ')).toMatch(
        shape,
      )
      if (form === '--json') {
        const made = JSON.parse(stdout)
        expect(made).toMatchObject({
          prediction: { type: 'prediction' },
          planning: { rounds: 1 },
          mended: [],
        })
      }
      expect(code).toBe(0)
    })
  })

  it('tells what was wrong with each plan, and fails where there is none in the end', async () => {
    const requests = await withModel(
      { json: { subtasks: [{ id: 'a', worker: 'wrote' }] } },
      async (model, folder) => {
        const args = ['plan', 'Compare', '--model', model, '--rounds', '2', '--depth', '0']
        const { code, stdout, stderr } = await ran(args, { folder })
        expect(stderr).toContain(
          'Round 1: the plan cannot be used, and the model is told why:\n  - Subtask "a" needs worker "wrote"',
        )
        expect(stderr).toContain('kilostep: The planner was asked 2 times and gave no plan that can be used:')
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      },
    )
    expect(requests).toBe(2)
  })

  it.each([
    [['plan', 'Compare these', '--model', 'openai:gpt-5-mini'], 'needs a key: set OPENAI_API_KEY'],
    [
      ['plan', 'Compare these', '--model', 'openai:gpt-5-mini'],
      'see Kilostep work offline: kilostep demo ledger',
    ],
    [['plan', 'Compare these'], 'offline: kilostep sim-model'],
    [['run', 'Compare these'], '--model openai:gpt-5-mini'],
    [['plan', 'x', '--model', 'gpt', '--samples', '0', '--price', 'cheap'], '--samples takes 1 or more.'],
    [['plan', 'x', '--model', 'gpt'], 'There is no model "gpt"'],
    [['plan', 'x', '--model', 'llamacpp:m', '--json', '--dot'], '--json and --dot exclude each other'],
    [['plan', 'x', '--model', 'llamacpp:m', '--workers', 'nothing.mjs'], 'exports no worker'],
    [['plan', 'x', '--model', 'llamacpp:m', '--workers', 'absent.mjs'], 'could not be loaded'],
    [['plan', 'x', '--model', 'llamacpp:m', '--given', 'nothing.mjs'], 'is not JSON'],
    [['run', 'x', '--model', 'llamacpp:m', '--budget-usd', '1'], '--price 0.25,2'],
    [['run', 'x', '--model', 'llamacpp:m', '--replan', '-1'], '--replan takes a whole number'],
  ])('says what is wrong: %j', async (args, why) => {
    using folder = temporaryFolder({ 'nothing.mjs': 'export const x = 1' })
    const { code, stdout, stderr } = await ran(args, { folder: folder.path })
    expect(stderr).toContain(why)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

describe('kilostep run "task"', () => {
  it('plans with the workers of a module and data that is given, and runs', async () => {
    const requests = await withModel({ json: doubles }, async (model, folder) => {
      const args = [
        'run',
        'Sum the doubles',
        '--model',
        model,
        '--workers',
        'workers.mjs',
        '--given',
        'rows.json',
      ]
      const { code, stdout, stderr } = await ran([...args, '-q'], { folder })
      expect(stdout).toMatch(/^Answer\n {2}12\n\nSum the doubles succeeded\. All 5 subtasks ended well\./)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    })
    expect(requests).toBe(1)
  })

  it('runs a plan that was saved and changed, on the workers of the model', async () => {
    await withModel(undefined, async (model, folder) => {
      await ran(['plan', 'Compare', '--model', model, '--save', 'plan.json'], { folder })
      const file = join(folder, 'plan.json')
      writeFileSync(file, readFileSync(file, 'utf8').replace('A simulated plan', 'My own plan'))
      const shown = await ran(['plan', 'plan.json', '--model', model], { folder })
      expect(shown.stdout).toContain('My own plan: no faults')
      const rates = ['--rate', 'write=0.98', 'list=0.99', '--items', '20']
      const predicted = await ran(['predict', 'plan.json', '--model', model, ...rates], { folder })
      expect(predicted.stdout).toContain('all 22 subtasks are right in 64.8 % of')
      const { code, stdout } = await ran(['run', 'plan.json', '--model', model, '-q'], { folder })
      expect(stdout).toContain('My own plan succeeded. All 4 subtasks ended well.')
      expect(code).toBe(0)
    })
  })

  it('plans anew where a subtask fails for good, and goes on from its journal with the same model', async () => {
    const dry = { subtasks: [{ id: 'd', worker: 'dry' }] }
    const other = { subtasks: [{ id: 'e', worker: 'double', input: 4 }] }
    await withModel(
      ({ prompt }) => ({ json: prompt.includes('failed for good') ? other : dry }),
      async (model, folder) => {
        const crew = ['--model', model, '--workers', 'workers.mjs', '-q', '--journal', 'runs.db']
        const { code, stdout } = await ran(['run', 'Drink', ...crew, '--run', 'one'], { folder })
        expect(stdout).toMatch(/^Answer\n {2}8\n/)
        expect(stdout).toContain('All 2 subtasks ended well.')
        expect(stdout).toContain('0 cancelled, 1\n                  superseded by another plan')
        expect(code).toBe(0)
        const again = await ran(['resume', 'one', ...crew, '--json'], { folder })
        expect(JSON.parse(again.stdout)).toMatchObject({
          subtasks: { planned: 3, succeeded: 2, superseded: 1 },
        })
        const never = await ran(['run', 'Drink', ...crew, '--run', 'two', '--replan', '0'], { folder })
        expect(never.code).toBe(1)
      },
    )
  })

  it('holds planning and what was planned to one budget', async () => {
    await withModel(undefined, async (model, folder) => {
      const args = ['run', 'Compare', '--model', model, '--price', '1000,1000', '-q']
      const { code, stderr } = await ran([...args, '--budget-usd', '0.5'], { folder })
      expect(stderr).toMatch(/Planning alone took [\d.]+ usd, and --budget-usd is 0\.5\. Nothing was run\./)
      expect(code).toBe(2)
    })
  })

  it('stops while the model plans', async () => {
    using folder = temporaryFolder()
    await using server = await modelServer({ answer: { fault: 'hang' } })
    const { code, stderr } = await ran(['run', 'Wait', '--model', `${server.url}#sim`, '--save', 'p.json'], {
      folder: folder.path,
      onStart: (interrupt) => setImmediate(interrupt),
    })
    expect(stderr).toContain('Interrupted while the model planned. Nothing was run.')
    expect(code).toBe(130)
    expect(
      existsSync(join(folder.path, 'p.json')) && readFileSync(join(folder.path, 'p.json'), 'utf8'),
    ).toBeFalsy()
  })
})
