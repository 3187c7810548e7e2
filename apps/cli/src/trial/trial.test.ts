import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GateReport } from '@kilostep/core'
import { afterAll, describe, expect, it } from 'vitest'
import { ran } from '../testing/fake-io.ts'

// Inside the repository, so that the modules find its packages.
const folder = mkdtempSync(join(import.meta.dirname, '.trial-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return name
}
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const trial = (...args: string[]) => ran(['trial', ...args], { folder })
const gate = ['--good', '0.9', '--bad', '0.7']

const draw = `const draw = (text) => {
  let hash = 2166136261
  for (const c of text) hash = Math.imul(hash ^ c.charCodeAt(0), 16777619)
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}
`
file(
  'always.mjs',
  'export default () => true\nexport const never = () => false\nexport const five = ({ index }) => index % 5 > 0\nexport const text = () => "yes"\n',
)
/** A pipeline of two steps; the second one succeeds so often. */
const steps = (rate: number): string => `${draw}export default {
  name: 'steps', good: 0.9, bad: 0.7, inputs: ['a', 'b'],
  run: ({ seed }) => {
    const parse = draw(seed + 'parse') < 0.99
    const price = parse && draw(seed + 'price') < ${rate}
    return { passed: price, subtasks: parse ? { parse, price } : { parse }, usd: 0.01 }
  },
}
`
const plan = (name: string, more = ''): string => `import { definePlan, defineWorker } from 'kilostep'
const one = defineWorker({ name: 'one', policy: { retry: { attempts: 8, backoffMs: 1 } }, run: (n) => n${more} })
export default definePlan('${name}', (p) => [p.subtask(one, 1), p.subtask(one, 2)])
`

describe('kilostep trial', () => {
  it('exits with 0, 1, 3 or 2, as the trials tell', async () => {
    const pass = await trial('always.mjs', ...gate)
    expect(pass.code).toBe(0)
    expect(pass.stdout).toMatch(/^always passes\. 12 of 12 trials passed: better than 70\.0 %/)
    expect((await trial('always.mjs', ...gate, '--export', 'never')).code).toBe(1)
    const five = ['always.mjs', ...gate, '--export', 'five', '--max-trials', '30']
    const undecided = await trial(...five, '--junit', 'a.xml')
    expect(undecided.code).toBe(3)
    expect(undecided.stdout).toMatch(/always is undecided\. 24 of 30 trials passed/)
    expect(read('a.xml')).toMatch(/failures="1" errors="0" skipped="0"/)
    expect((await trial(...five, '--allow-inconclusive', '--junit', 'b.xml')).code).toBe(0)
    expect(read('b.xml')).toMatch(/failures="0" errors="0" skipped="1"/)
  })

  it.each([
    [['always.mjs'], /Say what is good enough and what is not: --good 0\.9 --bad 0\.8/],
    [['always.mjs', '--good', '0.8', '--bad', '0.9'], /"good" must be above "bad"/],
    [
      ['always.mjs', '--good', 'x', '--bad', '2', '--max-trials', '0', '--test', 'z'],
      /--good takes[\s\S]*--bad takes[\s\S]*--max-trials takes[\s\S]*--test takes sequential or always-valid/,
    ],
    [['always.mjs', ...gate, '--faults', 'crahs'], /--faults takes one of flaky-network/],
    [['always.mjs', ...gate, '--faults', 'crash'], /--faults is for plans/],
    [['always.mjs', ...gate, '--export', 'nevr'], /has no export "nevr"\. Did you mean "never"\?/],
    [['always.mjs', ...gate, '--export', 'text'], /Trial 1 returned a value of type string/],
    [['empty.mjs', ...gate], /cannot be tried\. Export a function, a plan, or \{ run, good, bad \}/],
    [['none.ts', ...gate], /There is no file "none\.ts"/],
    [['always.mjs', ...gate, '--budget-usd', '1'], /A budget of usd is set, and trial 1 does not say/],
    [['always.mjs', ...gate, '--save', 'always.mjs'], /is the plan already/],
    [['always.mjs', ...gate, '--save', 'no/where.json'], /its folder is not there/],
    [['always.mjs', ...gate, '--fail-if-worse'], /are for --compare/],
    [['always.mjs', ...gate, '--compare', 'always.mjs'], /is not JSON/],
    [['always.mjs', ...gate, '--compare', 'other.json'], /does not hold the results of a gate/],
  ])('%j is wrong usage', async (args, message) => {
    file('empty.mjs', 'export default 7\n')
    file('other.json', '{"kilostep":1,"type":"run"}')
    const { code, stdout, stderr } = await trial(...args)
    expect(stderr).toMatch(message)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).not.toMatch(/looks like a bug|at .*:\d+:\d+/)
  })

  it('prints one JSON document and nothing else, the same for the same seed', async () => {
    file('seeded.mjs', `${draw}export default ({ seed }) => draw(seed) < 0.9\n`)
    const all = [
      await trial('seeded.mjs', ...gate, '--json', '--seed', '3', '--concurrency', '1'),
      await trial('seeded.mjs', ...gate, '--json', '--seed', '3', '--concurrency', '1'),
    ]
    const [one, two] = all.map(({ stdout }) => JSON.parse(stdout) as GateReport)
    expect(one).toMatchObject({ type: 'gate', seed: 3, name: 'seeded', comparison: null })
    expect(two).toMatchObject({ outcomes: one?.outcomes, verdict: one?.verdict })
  })

  it('tries a plan, with faults that its policy is made for', async () => {
    file('plan.ts', plan('pair'))
    const { code, stdout } = await trial(
      'plan.ts',
      ...gate,
      '--faults',
      'crash',
      '--json',
      '--budget-attempts',
      '1000',
      '--seed',
      '2',
    )
    const report = JSON.parse(stdout) as GateReport
    expect(code).toBe(0)
    expect(report).toMatchObject({ verdict: 'pass', faults: 'crash', plan: { name: 'pair' } })
    expect(report.notes.join()).toMatch(/Faults were switched on: crash/)
    expect(report.flakiness.firstAttempt.rate).toBeLessThan(1)
    expect(report.subtasks.map(({ subtask }) => subtask)).toEqual(['one-1', 'one-2'])
  })

  it('stops at Ctrl-C and says what it knows', async () => {
    file('slow.mjs', 'export default () => new Promise((resolve) => setTimeout(() => resolve(true), 50))\n')
    const { code, stdout } = await ran(['trial', 'slow.mjs', ...gate, '--concurrency', '1'], {
      folder,
      onStart: (interrupt) => setTimeout(interrupt, 120),
    })
    expect(code).toBe(130)
    expect(stdout).toMatch(/is undecided\. \d of \d trials? passed.*interrupted/s)
  })
})

describe('kilostep trial --compare', () => {
  it('says worse, and names the subtask whose success fell', async () => {
    file('steps.mjs', steps(0.97))
    file('worse.mjs', steps(0.8))
    const pairs = ['--min-trials', '150']
    expect((await trial('steps.mjs', ...pairs, '--save', 'last.json', '--seed', '1')).code).toBe(0)
    const same = await trial('steps.mjs', ...pairs, '--compare', 'last.json', '--fail-if-worse')
    expect(same.code).toBe(0)
    expect(same.stdout).toMatch(/No difference is shown: of 150 pairs of trials 0 passed before and not now/)
    const worse = await trial(
      'worse.mjs',
      ...pairs,
      '--compare',
      'last.json',
      '--save',
      'now.json',
      '--markdown',
      'now.md',
    )
    expect(worse.stdout).toMatch(/Worse than before: of 150 pairs/)
    expect(worse.stdout).toMatch(/^price .* fell$/m)
    expect(worse.stdout).not.toMatch(/^parse .* fell$/m)
    expect(read('now.md')).toMatch(/### Beside the last release\n\nWorse than before/)
    expect(JSON.parse(read('now.json'))).toMatchObject({ comparison: { verdict: 'worse', test: 'mcnemar' } })
    const better = await trial('steps.mjs', ...pairs, '--compare', 'now.json')
    expect(better.stdout).toMatch(/Better than before/)
    // A verdict alone may come too early to compare: then it is said with the test that allows for that.
    const early = await trial('worse.mjs', '--compare', 'last.json')
    expect(early.stdout).toMatch(/Test +always-valid, pair by pair/)
  })

  it('compares no runs of different plans without a word, and finds that out before they cost much', async () => {
    file('before.ts', plan('pair'))
    file('after.ts', plan('pair').replace('p.subtask(one, 2)', 'p.subtask(one, 3)'))
    file('other.ts', plan('another'))
    await trial('before.ts', ...gate, '--save', 'plan.json')
    const refused = await trial('after.ts', ...gate, '--compare', 'plan.json', '--save', 'refused.json')
    expect([refused.code, refused.stdout]).toEqual([2, ''])
    expect(refused.stderr).toMatch(
      /Before it was plan "pair" \(sha256:\w+\), now it is plan "pair" \(sha256:\w+\)\. To compare them all the same/,
    )
    expect(existsSync(join(folder, 'refused.json')) && read('refused.json')).toBe('')
    const across = await trial('after.ts', ...gate, '--compare', 'plan.json', '--across-plans')
    expect(across.code).toBe(0)
    expect(across.stdout).toMatch(/these are two different plans/)
    expect((await trial('other.ts', ...gate, '--compare', 'plan.json')).stderr).toMatch(
      /Before it was called "pair", now "another"/,
    )
    expect((await trial('before.ts', ...gate, '--compare', 'plan.json', '--seed', '4')).stderr).toMatch(
      /Leave --seed out/,
    )
  })
})

describe('kilostep trend', () => {
  it('shows releases in the order of their files, and as a picture', async () => {
    await trial('always.mjs', ...gate, '--save', 'v1.json')
    await trial('always.mjs', ...gate, '--export', 'never', '--save', 'v2.json')
    const trend = (...args: string[]) => ran(['trend', ...args], { folder })
    const { code, stdout } = await trend('v1.json', 'v2.json', '--svg', 'trend.svg', '--markdown', 'trend.md')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^v1 +pass[\s\S]*^v2 +fail/m)
    expect(read('trend.svg')).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(read('trend.md')).toMatch(/\| v2 \| fail \|/)
    await trial('always.mjs', ...gate, '--name', 'x', '--save', 'x.json')
    const mixed = await trend('v1.json', 'x.json')
    expect([mixed.code, mixed.stdout]).toEqual([2, ''])
    expect(mixed.stderr).toMatch(
      /"v1\.json" is of "always" and "x\.json" of "x"\. Give the results of one gate/,
    )
    expect((await trend('v1.json', '--svg', 'v1.json')).code).toBe(2)
  })
})

it('the schemas of trials and outcomes are printed', async () => {
  for (const [what, title] of [
    ['trial', 'Kilostep trial'],
    ['outcomes', 'Kilostep outcomes'],
  ] as const) {
    const { code, stdout } = await ran(['schema', what])
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { title, type: 'object' }])
  }
})
