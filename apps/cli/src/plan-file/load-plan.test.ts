import { mkdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ran, temporaryFolder } from '../testing/fake-io.ts'

const good = `kilostep: 1
name: two
workers:
  say: { command: [echo, hello] }
subtasks:
  - { id: a, worker: say }
  - { id: b, worker: say, needs: [a] }
`
const sub = (rest: string): string => `kilostep: 1\nname: x\nworkers: { w: { command: [echo] } }\n${rest}`
const bomb = `a: &a [1,1,1,1,1,1,1,1,1,1]\n${[...'bcdefgh']
  .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[i]}`).join(', ')}]\n`)
  .join('')}`

/** Each kind of file that is no plan, with what is said of it. */
const refused: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['an empty file', 'p.yaml', '', ['The plan in p.yaml has 1 fault:', 'A plan is an object with "kilostep"']],
  ['a list', 'p.yaml', '- a\n', ['but this is a list.']],
  ['a text', 'p.yaml', 'hello', ['but this is a string.']],
  ['bad indentation', 'p.yaml', 'a:\n  b: 1\n c: 2\n', ['line 3: ']],
  ['an open bracket', 'p.yaml', 'kilostep: 1\nname: [a\n', ['line 3: Flow sequence in block collection']],
  ['an open quote', 'p.yaml', 'name: "a\n', ['Missing closing "quote']],
  ['a tab as indentation', 'p.yaml', 'a:\n\tb: 1\n', ['line 2: Tabs are not allowed as indentation']],
  [
    'a key twice',
    'p.yaml',
    'kilostep: 1\nname: a\nname: b\n',
    ['line 3: The key "name" is there twice. Take one away.'],
  ],
  [
    'a nested key twice',
    'p.yaml',
    sub('subtasks:\n  - { id: a, worker: w, id: b }\n'),
    ['line 5: The key "id" is there twice.'],
  ],
  ['two documents', 'p.yaml', `${good}---\n${good}`, ['Source contains multiple documents']],
  ['an unknown alias', 'p.yaml', 'name: *nobody\n', ['It cannot be read: Unresolved alias']],
  [
    'a bomb of aliases',
    'p.yaml',
    bomb,
    ['Its aliases (*name) stand for far more than 100 times what they repeat.'],
  ],
  ['a tag that makes code', 'p.yaml', 'name: !!js/function "x"\n', ['line 1: Unresolved tag']],
  ['a tag that makes a date', 'p.yaml', 'name: !!timestamp 2020-01-01\n', ['line 1: Unresolved tag']],
  ['deep nesting', 'p.yaml', `a: ${'['.repeat(100_000)}`, ['The plan in p.yaml has']],
  ['a key that is a list', 'p.yaml', '? [a]\n: 1\n', ['line 1: With stringKeys, all keys must be strings']],
  ['no version', 'p.yaml', 'name: x\nsubtasks: [{ id: a, worker: w }]\n', ['kilostep: must be 1.']],
  [
    'a newer form',
    'p.yaml',
    'kilostep: 9\nname: x\nsubtasks: []\n',
    ['line 1: The plan has form 9 and this Kilostep reads up to 1.'],
  ],
  ['no subtasks', 'p.yaml', 'kilostep: 1\nname: x\n', ['"subtasks" must be a list, but it is missing.']],
  ['an empty list of subtasks', 'p.yaml', sub('subtasks: []\n'), ['line 4: The plan has no subtasks.']],
  [
    'an unknown option',
    'p.yaml',
    sub('subtasks:\n  - { id: a, worker: w, retries: 3 }\n'),
    ['line 5: subtasks[0] ("a"): "retries" is not known.'],
  ],
  [
    'an unknown worker',
    'p.yaml',
    sub('subtasks:\n  - { id: a, worker: ww }\n'),
    ['line 5: Subtask "a" needs worker "ww", which is not known. Did you mean "w"?'],
  ],
  [
    'a cycle',
    'p.yaml',
    sub('subtasks:\n  - { id: a, worker: w, needs: [b] }\n  - { id: b, worker: w, needs: [a] }\n'),
    ['line 5: There is a cycle: '],
  ],
  [
    'a self edge',
    'p.yaml',
    sub('subtasks:\n  - { id: a, worker: w, needs: [a] }\n'),
    ['Subtask "a" needs itself.'],
  ],
  [
    'an id twice',
    'p.yaml',
    sub('subtasks:\n  - { id: a, worker: w }\n  - { id: a, worker: w }\n'),
    ['The id "a" is used more than once.'],
  ],
  [
    'an id with an escape',
    'p.yaml',
    sub('subtasks:\n  - { id: "a\\e[2J", worker: w }\n'),
    ['must not hold control characters'],
  ],
  [
    'a policy out of range',
    'p.yaml',
    sub('subtasks:\n  - { id: a, worker: w, policy: { timeoutMs: 0 } }\n'),
    ['line 5: subtasks[0] ("a").policy.timeoutMs: must be at least 1.'],
  ],
  ['not JSON', 'p.json', '{ "kilostep": 1, }', ['It is not JSON: ', 'JSON at position 17']],
  [
    'a key twice in JSON',
    'p.json',
    '{ "kilostep": 1,\n"name": "a", "name": "b" }',
    ['line 2: The key "name" is there twice.'],
  ],
  ['another kind of file', 'plan.txt', good, ['"plan.txt" is not known to be a plan by its name.']],
  ['no text', 'p.yaml', '\u0000\u0001', ['The plan in p.yaml has']],
  ['a module with a fault', 'p.mjs', 'export default {', ['"p.mjs" could not be loaded: ']],
  [
    'a module that throws',
    'p.mjs',
    '\nthrow new TypeError("gone")',
    ['"p.mjs", line 2, could not be loaded: TypeError: gone'],
  ],
  [
    'a module without a default',
    'p.mjs',
    'export const plans = 1',
    ['"p.mjs" has no export "default".', 'It exports plans.'],
  ],
  [
    'a module that exports no plan',
    'p.mjs',
    'export default 5',
    ['The export "default" of "p.mjs" is no plan.'],
  ],
  [
    'a module whose function throws',
    'p.mjs',
    'export default () => { throw new Error("no") }',
    ['could not be loaded: Error: no'],
  ],
  [
    'a module that needs what is not there',
    'p.mjs',
    'import "no-such-package"',
    ["Cannot find package 'no-such-package'", 'npm install no-such-package'],
  ],
  [
    'a module whose plan has faults',
    'p.mjs',
    'export default { kilostep: 1, name: "m", subtasks: [{ id: "a", worker: "w" }] }',
    ['Plan "m" in p.mjs has 1 fault:', 'worker "w", which is not known'],
  ],
]

describe('files that are no plan', () => {
  it.each(refused)('%s', async (_, name, text, messages) => {
    using folder = temporaryFolder({ [name]: text })
    const { code, stdout, stderr } = await ran(['plan', name], { folder: folder.path })
    for (const message of messages) expect(stderr).toContain(message)
    expect(stderr).toMatch(/^kilostep: /)
    expect(stderr).not.toMatch(/^ +at /m)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('tells every fault at once, each with its line', async () => {
    const text = sub(
      'subtasks:\n  - { id: a, worker: v }\n  - { id: b, worker: w, needs: [c] }\n  - { id: d, worker: w, needs: [d] }\n',
    )
    using folder = temporaryFolder({ 'p.yaml': text })
    const { stderr } = await ran(['plan', 'p.yaml'], { folder: folder.path })
    expect(stderr).toMatch(/has 3 faults:\n( {2}- line \d: .*\n){3}$/)
    expect(stderr.match(/line \d/g)?.sort()).toEqual(['line 5', 'line 6', 'line 7'])
  })

  it('refuses files that are not there, are folders, too large or no UTF-8', async () => {
    using folder = temporaryFolder({ 'plan.yaml': good, 'huge.yaml': '' })
    mkdirSync(join(folder.path, 'folder.yaml'))
    truncateSync(join(folder.path, 'huge.yaml'), 17 * 1_048_576)
    const said = async (file: string) => (await ran(['run', file], { folder: folder.path })).stderr
    expect(await said('plam.yaml')).toBe(
      'kilostep: There is no file "plam.yaml". Did you mean "plan.yaml"?\n',
    )
    expect(await said('folder.yaml')).toBe('kilostep: "folder.yaml" is a folder. Give a file.\n')
    expect(await said('huge.yaml')).toContain('"huge.yaml" has 17.0 MiB and at most 16.0 MiB are read.')
  })

  it('takes --export for modules only', async () => {
    using folder = temporaryFolder({ 'plan.yaml': good })
    const { code, stderr } = await ran(['plan', 'plan.yaml', '--export', 'x'], { folder: folder.path })
    expect([code, stderr]).toEqual([2, 'kilostep: --export is for modules, and "plan.yaml" is none.\n'])
  })
})

describe('kilostep plan', () => {
  it('shows what a plan consists of', async () => {
    using folder = temporaryFolder({ 'plan.yaml': good })
    const { code, stdout, stderr } = await ran(['plan', 'plan.yaml'], { folder: folder.path })
    expect(stdout).toMatchInlineSnapshot(`
      "two: no faults

      Subtasks      2
      Edges         1
      Checks        0
      Longest road  2  subtasks one after another
      Width         1  subtasks that can run at once

      Workers
        say     command  2 subtasks
      "
    `)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('prints it as JSON, which is a plan again, as Mermaid and as a Graphviz graph', async () => {
    using folder = temporaryFolder({ 'plan.yaml': good })
    const printed = async (form: string) =>
      (await ran(['plan', 'plan.yaml', form], { folder: folder.path })).stdout
    const json = await printed('--json')
    using other = temporaryFolder({ 'plan.json': json })
    expect((await ran(['plan', 'plan.json', '--json'], { folder: other.path })).stdout).toBe(json)
    expect(await printed('--mermaid')).toBe(
      'flowchart TD\n  n0["a<br/>say"]\n  n1["b<br/>say"]\n  n0 --> n1\n',
    )
    expect(await printed('--dot')).toContain('  n0 -> n1\n}\n')
  })

  it('lets no id be taken for syntax of a drawing', async () => {
    const text = sub(`subtasks:\n  - { id: 'a"]; evil', worker: w }\n`)
    using folder = temporaryFolder({ 'plan.yaml': text })
    const printed = async (form: string) =>
      (await ran(['plan', 'plan.yaml', form], { folder: folder.path })).stdout
    expect(await printed('--mermaid')).toContain('n0["a#34;]; evil<br/>w"]')
    expect(await printed('--dot')).toContain('label="a\\"]; evil"')
  })

  it('reads standard input, modules of every form, anchors and merge keys', async () => {
    expect((await ran(['plan', '-'], { stdin: good })).code).toBe(0)
    const plan =
      '{ kilostep: 1, name: "m", workers: { w: { command: ["echo"] } }, subtasks: [{ id: "a", worker: "w" }] }'
    using folder = temporaryFolder({
      'data.mjs': `export default ${plan}`,
      'function.mjs': `export const make = async () => (${plan})`,
      'anchors.yaml': sub(
        'subtasks:\n  - &first { id: a, worker: w, policy: { timeoutMs: 5 } }\n  - { <<: *first, id: b }\n',
      ),
    })
    const code = async (...args: string[]) => (await ran(['plan', ...args], { folder: folder.path })).code
    expect(await code('data.mjs')).toBe(0)
    expect(await code('function.mjs', '--export', 'make')).toBe(0)
    expect(await code('anchors.yaml')).toBe(0)
    expect(await code('anchors.yaml', '--json', '--dot')).toBe(2)
  })
})
