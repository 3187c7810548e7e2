import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutcomesReport } from '@kilostep/core'
import { afterAll, describe, expect, it } from 'vitest'
import { ran } from '../testing/fake-io.ts'

const folder = mkdtempSync(join(tmpdir(), 'kilostep-outcomes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return name
}
const report = (...args: string[]) => ran(['report', '--outcomes', ...args], { folder })
const read = async (...args: string[]): Promise<OutcomesReport> =>
  JSON.parse((await report(...args, '--json')).stdout)
const rates = ({ passes }: OutcomesReport, which: 'passAtK' | 'passHatK') =>
  passes.map((one) => Number(one[which].rate.toFixed(4)))

describe('kilostep report --outcomes', () => {
  it('gives the published table for published trajectories', async () => {
    // Rewards of the 200 trajectories of gpt-4o on τ-bench's airline tasks, as its authors published them with this
    // table (sierra-research/tau-bench, historical_trajectories, MIT licence).
    const csv = readFileSync(join(import.meta.dirname, 'fixtures', 'tau-bench-airline-gpt-4o.csv'), 'utf8')
    const all = await read(file('tau.csv', csv))
    expect(all).toMatchObject({ cases: 50, trials: 200, trialsPerCase: { least: 4, most: 4 } })
    expect(rates(all, 'passHatK')).toEqual([0.42, 0.2733, 0.22, 0.2])
    const lines = csv.trim().split('\n').slice(1)
    const json = lines.map((line) => {
      const [task_id, trial, reward] = line.split(',').map(Number)
      return { task_id, trial, reward, info: { more: true } }
    })
    const fields = ['--fields', 'case=task_id,passed=reward']
    expect(
      await read(file('tau.jsonl', json.map((one) => JSON.stringify(one)).join('\n')), ...fields),
    ).toEqual(all)
    expect(await read(file('tau.json', JSON.stringify(json)), ...fields)).toEqual(all)
    const { stdout, code } = await report('tau.csv')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^84 of 200 trials of 50 cases passed: 42\.0 %/)
    expect(stdout).toMatch(/^2 {2}0\.2733 {4}16\.7–40\.2 % {2}0\.5667/m)
  })

  const humaneval = join(
    import.meta.dirname,
    '../../../../../shared/data/outcomes/humaneval-codegen16b-odd.json',
  )
  it.skipIf(!existsSync(humaneval))(
    'agrees with exact fractions on 8,200 answers of a model (skipped without them)',
    async () => {
      const { problems } = JSON.parse(readFileSync(humaneval, 'utf8')) as {
        problems: { id: string; samples: { ok: number }[] }[]
      }
      const lines = problems.flatMap(({ id, samples }) =>
        samples.map(({ ok }, trial) => JSON.stringify({ case: id, trial, passed: ok === 1 })),
      )
      const all = await read(file('humaneval.jsonl', lines.join('\r\n')))
      expect(all).toMatchObject({ cases: 82, trials: 8_200 })
      const choose = (n: number, k: number): bigint => {
        let value = 1n
        for (let i = 0; i < k; i++) value = (value * BigInt(n - i)) / BigInt(i + 1)
        return n < k ? 0n : value
      }
      for (const k of [1, 10, 50, 100]) {
        const exact = problems.map(({ samples }) => {
          const wrong = samples.filter(({ ok }) => ok !== 1).length
          return 1 - Number((choose(wrong, k) * 10n ** 15n) / choose(100, k)) / 1e15
        })
        const mean = exact.reduce((sum, one) => sum + one, 0) / exact.length
        expect(all.passes[k - 1]?.passAtK.rate).toBeCloseTo(mean, 10)
      }
    },
  )

  it('reads quotes, semicolons, tabs, a byte order mark and empty lines', async () => {
    const expected = { cases: 2, trials: 3, passed: 2 }
    expect(
      await read(
        file('a.csv', '\ufeffcase,trial,passed\r\n"a ""x"", 1",1,true\r\n\r\nb,1,FALSE\r\nb,2,1.0\r\n'),
      ),
    ).toMatchObject(expected)
    expect(await read(file('b.csv', 'passed;note;trial;case\n1;x;1;a\n0;;1;b\n1;;2;b'))).toMatchObject(
      expected,
    )
    expect(await read(file('c.tsv', 'case\ttrial\tpassed\na\t1\t1\nb\t1\t0\nb\t2\t1'))).toMatchObject(
      expected,
    )
    const { code, stdout } = await ran(['report', '--outcomes', '-', '--json'], {
      stdin: '{"case":1,"trial":1,"passed":true}',
    })
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { cases: 1, trials: 1, passed: 1 }])
  })

  it('tells every fault with its line', async () => {
    const { code, stdout, stderr } = await report(
      file(
        'bad.jsonl',
        [
          '{"case":"a","trial":1,"passed":true}',
          '{"case":"a","trial":1,"passed":false}',
          '{"case":"b","trial":1,"pased":true}',
          '',
          '{"case":["b"],"trial":2,"passed":0.5}',
          '[1]',
          '{"case":"__proto__","trial":1,"passed":true}',
          '{"case":"b","tri',
        ].join('\n'),
      ),
    )
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.split('\n').slice(1, -1)).toEqual([
      '  - Line 2: trial "1" of case "a" is in line 1 already; number trials apart.',
      '  - Line 3: "passed" is missing. Did you mean "pased"?',
      '  - Line 5: "case" must be a text of at most 1000 characters or a number, not ["b"].',
      '  - Line 5: "passed" is 0.5; give true or false, or 1 or 0.',
      '  - Line 6: is not an object.',
      '  - Line 8: is not JSON.',
    ])
    const csv = await report(file('bad.csv', 'case,trial,passed\na,1\nb,1,maybe\n"c,1,true\nd,1,1\n'))
    expect(csv.code).toBe(2)
    expect(csv.stderr).toMatch(/Line 2: has 2 fields where the head has 3\./)
    expect(csv.stderr).toMatch(/Line 3: "passed" is "maybe"; give true or false/)
    expect(csv.stderr).toMatch(/is not CSV: Quote Not Closed/)
    const many = await report(file('many.csv', `case,trial,passed\n${'a,1,x\n'.repeat(5_000)}`))
    expect(many.stderr).toMatch(/… and 4950 more faults/)
  })

  it.each([
    [['empty.csv'], /Line 1: there is no outcome in it/],
    [['head.csv'], /there is no outcome in it/],
    [['none.csv'], /There is no file "none\.csv"/],
    [['list.json'], /Line 1: starts a list that is not JSON/],
    [['one.csv', 'other.json'], /takes one file/],
    [['one.csv', '--html', 'x.html'], /there is text or --json/],
    [['one.csv', '--fields', 'cas=x'], /not "cas=x"/],
    [['one.csv', '--fields', 'case=id'], /"id" is missing/],
  ])('%j is told', async (args, message) => {
    file('empty.csv', '')
    file('head.csv', 'case,trial,passed\n')
    file('list.json', '[{"case":1')
    file('one.csv', 'case,trial,passed\na,1,1\n')
    const { code, stdout, stderr } = await report(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/bug|at .*:\d+:\d+/)
  })

  it('is asked for by name, or files are', async () => {
    expect((await ran(['report'], { folder })).stderr).toMatch(/Give the files of runs, or --outcomes/)
    expect((await ran(['report', 'x', '--fields', 'case=a'], { folder })).stderr).toMatch(
      /--fields is for --outcomes/,
    )
  })
})
