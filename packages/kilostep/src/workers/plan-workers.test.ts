import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { KilostepError } from '@kilostep/core'
import { expect, it } from 'vitest'
import { createEngine } from '../engine.ts'
import { planWorkers } from './plan-workers.ts'
import { onWindows } from './process-tree.ts'

const outer = realpathSync(mkdtempSync(join(tmpdir(), 'kilostep-plan-')))
const folder = join(outer, 'plan')
mkdirSync(join(folder, 'sub'), { recursive: true })
writeFileSync(join(folder, 'shout.mjs'), 'export default ({ text }) => text.toUpperCase()')
writeFileSync(join(folder, 'number.mjs'), 'export default 7')
writeFileSync(join(outer, 'outside.mjs'), 'export default () => 1')

const where = [process.execPath, '-p', 'process.cwd()']

async function refusal(workers: unknown, options = {}): Promise<KilostepError> {
  const error = await planWorkers({ workers }, { folder, ...options }).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(KilostepError)
  return error
}

it('makes what a plan needs in order to run', async () => {
  const plan = {
    kilostep: 1,
    name: 'three kinds',
    workers: {
      where: { command: where, cwd: 'sub', policy: { timeoutMs: 60_000 } },
      shout: { module: './shout.mjs' },
      isolated: { module: 'shout.mjs', isolate: 'thread', concurrency: 1 },
    },
    subtasks: [
      { id: 'a', worker: 'where' },
      { id: 'b', worker: 'shout', input: { text: { $from: 'a' } } },
      { id: 'c', worker: 'isolated', input: { text: 'c' } },
    ],
    output: [{ $from: 'a' }, { $from: 'b' }, { $from: 'c' }],
  }
  const workers = await planWorkers(plan, { folder: pathToFileURL(folder), allowCommands: true })
  expect(workers.map(({ name }) => name)).toEqual(['where', 'shout', 'isolated'])
  expect(workers[0]).toMatchObject({ policy: { timeoutMs: 60_000 } })
  await using engine = createEngine({ workers })
  const sub = join(folder, 'sub')
  expect(await engine.start(plan).result).toMatchObject({ output: [sub, sub.toUpperCase(), 'C'] })
})

it('makes nothing of a plan that brings nothing along', async () => {
  expect(await planWorkers({ kilostep: 1, name: 'p', subtasks: [] })).toEqual([])
  expect(await planWorkers({ workers: {} })).toEqual([])
})

it('runs no command without permission, and says whose and how to give it', async () => {
  const error = await refusal({ a: { command: 'echo' }, b: { command: ['ls'] }, c: { module: 'shout.mjs' } })
  expect(error.code).toBe('commands-not-allowed')
  expect(error.message).toBe(
    'The plan wants to run commands on this machine: "a", "b". Read them, then allow it: planWorkers(plan, { allowCommands: true }), or --allow-commands on the command line.',
  )
})

it('names every fault at once', async () => {
  const error = await refusal({
    out: { command: 'echo', cwd: '..' },
    root: { command: 'echo', cwd: tmpdir() },
    file: { command: 'echo', cwd: 'shout.mjs' },
    nowhere: { command: 'echo', cwd: 'nowhere' },
    tool: { command: ['{tool}'] },
    empty: { command: ' ' },
    gone: { module: 'gone.mjs' },
    folder: { module: 'sub' },
    beside: { module: '../outside.mjs' },
    number: { module: 'number.mjs' },
    thread: { module: 'number.mjs', isolate: 'thread' },
    name: { module: 'shout.mjs', export: 'no' },
    both: { module: 'shout.mjs', command: 'echo' },
    odd: { run: 'x' },
  })
  expect(error.code).toBe('invalid-worker')
  const messages = Object.fromEntries(error.faults.map((fault) => [fault.where, fault.message]))
  const expected: Record<string, string> = {
    workers: 'The plan wants to run commands on this machine',
    'workers.out': 'Worker "out": "cwd" ".." leads out of the plan\'s folder',
    'workers.root': "leads out of the plan's folder",
    'workers.file': '"cwd" "shout.mjs" is not a folder.',
    'workers.nowhere': '"cwd" "nowhere" is not there',
    'workers.tool': 'must not depend on the input',
    'workers.empty': '"command" is empty.',
    'workers.gone': '"module" "gone.mjs" is not there',
    'workers.folder': '"module" "sub" is not a file.',
    'workers.beside': "leads out of the plan's folder",
    'workers.number': 'exports a number as "default"',
    'workers.thread': 'exports a number as "default"',
    'workers.name': 'has no export "no". It exports "default".',
    'workers.both': 'must have either "command"',
    'workers.odd': 'must have either "command"',
  }
  expect(Object.keys(messages).sort()).toEqual(Object.keys(expected).sort())
  for (const [where, message] of Object.entries(expected)) expect(messages[where]).toContain(message)
})

it.skipIf(onWindows)('does not follow a symbolic link out of the folder', async () => {
  symlinkSync(join(outer, 'outside.mjs'), join(folder, 'link.mjs'))
  symlinkSync(outer, join(folder, 'up'))
  const error = await refusal(
    { a: { module: 'link.mjs' }, b: { command: 'pwd', cwd: 'up' } },
    { allowCommands: true },
  )
  expect(error.faults.map(({ message }) => message)).toEqual([
    expect.stringContaining('"link.mjs" leads out'),
    expect.stringContaining('"up" leads out'),
  ])
})

it('does not take workers that are no object', async () => {
  expect((await refusal(['echo'])).message).toContain('"workers" must be an object')
})
