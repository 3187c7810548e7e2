import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { predictionSchema } from '@kilostep/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../cli.ts'
import type { Io } from '../io.ts'

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilostep-predict-'))
  const subtasks = Array.from({ length: 100 }, (_, i) => ({ id: `read-${i}`, worker: 'read', input: i }))
  const workers = { read: { module: 'read.mjs' }, list: { module: 'list.mjs' } }
  writeFileSync(join(folder, 'plan.json'), JSON.stringify({ kilostep: 1, name: 'pages', workers, subtasks }))
  const map = { id: 'each', worker: 'read', map: { over: { $from: 'list' } } }
  const open = { kilostep: 1, name: 'open', workers, subtasks: [{ id: 'list', worker: 'list' }, map] }
  writeFileSync(join(folder, 'open.json'), JSON.stringify(open))
  writeFileSync(join(folder, 'read.mjs'), 'export default (n) => (n % 10 === 0 ? Math.random() : n)')
  const tried = { kilostep: 1, name: 'tried', workers: { read: workers.read }, subtasks }
  writeFileSync(join(folder, 'tried.json'), JSON.stringify(tried))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function command(...args: string[]) {
  let out = ''
  let err = ''
  let code: number | undefined
  const screen = (write: (text: string) => void) => ({ write, isTTY: false, columns: 80 })
  const io: Io = {
    stdout: screen((text) => {
      out += text
    }),
    stderr: screen((text) => {
      err += text
    }),
    env: {},
    folder,
    readStdin: async () => '',
    onInterrupt: () => () => undefined,
    divertStray: () => () => undefined,
    exitWith: (given) => {
      code = given
    },
    exitNow: () => undefined,
  }
  await runCli(args, io)
  return { out, err, code }
}

describe('kilostep predict', () => {
  it('says what each policy would reach', async () => {
    const { out, code } = await command('predict', 'plan.json', '--rate', 'read=97.8%', '--target', '0.95')
    expect(code).toBe(0)
    expect(out).toContain('vote, auto')
    expect(out).toContain('95.0 %')
  })

  it('prints the prediction as data', async () => {
    const { out } = await command(
      'predict',
      'plan.json',
      '--rate',
      'read=0.9',
      '--budget-attempts',
      '100',
      '--json',
    )
    const prediction = predictionSchema.parse(JSON.parse(out))
    expect(prediction.limits.map(({ code }) => code)).toEqual(['attempts'])
  })

  it('asks for the size of maps, and takes it', async () => {
    const rates = ['--rate', 'read=0.99', 'list=0.99']
    expect((await command('predict', 'open.json', ...rates)).out).toContain('--items')
    for (const items of ['99', 'each=99']) {
      const { out } = await command('predict', 'open.json', ...rates, '--items', items)
      expect(out).toMatch(/Subtasks +100/)
    }
  })

  it('tries the workers of a plan, and keeps what it learned', async () => {
    const args = ['predict', 'tried.json', '--pilot', '40', '--votes', '3', '--save-record', 'record.json']
    const { out, err, code } = await command(...args)
    expect(err).toContain('Pilot: 120 attempts at 40 subtasks.')
    expect(code).toBe(0)
    expect(out.replaceAll(/\s+/g, ' ')).toContain('as its votes agree')
    expect(JSON.parse(readFileSync(join(folder, 'record.json'), 'utf8'))).toHaveProperty('read.votes')
    const again = await command('predict', 'tried.json', '--record', 'record.json')
    expect(again.out).toBe(out)
  })

  it.each([
    [['--target', '1'], 'under 1'],
    [['--rate', 'read=0'], 'over 0'],
    [['--rate', 'read'], 'name=number'],
    [['--items', 'x=many'], 'whole number'],
    [['--record', 'plan.json'], 'is not a record'],
    [['--save-record', 'x.json'], '--pilot'],
    [['--pilot', '0'], 'from 1'],
  ])('refuses %j', async (args, message) => {
    const { err, code } = await command('predict', 'plan.json', ...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})

describe('the report for others to read', () => {
  it('is written by run and by report', async () => {
    const pages = ['--html', 'a.html', '--markdown', 'a.md', '--junit', 'a.xml']
    const run = await command('run', 'tried.json', '-q', '--report', 'report.json', ...pages)
    expect(run.code).toBe(0)
    const read = (name: string) => readFileSync(join(folder, name), 'utf8')
    expect(read('a.html')).toContain('<svg')
    expect(read('a.md')).toContain('## ✅ tried: succeeded')
    expect(read('a.xml')).toContain('failures="0"')
    const again = await command('report', 'report.json', '--html', 'b.html')
    expect(again.code).toBe(0)
    expect(read('b.html')).toBe(read('a.html'))
    expect((await command('report', 'report.json', '--html', 'report.json')).code).toBe(2)
  })
})
