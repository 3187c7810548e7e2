import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { summary } from './summary.ts'
import { judgePlan, readTools, type Verdict } from './written-plan.ts'

const tools = readTools('{"nodes": [{"id": "Image Search"}, {"id": "Text-to-Image"}, {"id": "Text Search"}]}')
const judge = (nodes: unknown, links: unknown): Verdict =>
  judgePlan(JSON.stringify({ id: 'p', task_nodes: nodes, task_links: links }), 'line 1', tools)
const node = (task: string, more: object = {}) => ({ task, arguments: [], ...more })
const link = (source: unknown, target: unknown) => ({ source, target })
const found = ({ verdict, mended, faults }: Verdict) => [
  verdict,
  [...mended, ...faults].map(({ code }) => code).sort(),
]

describe('a plan that a model wrote', () => {
  const nodes = [node('Text Search'), node('Text-to-Image')]

  it.each<[string, unknown, unknown, string[]]>([
    ['accepted', nodes, [link('Text Search', 'Text-to-Image')], []],
    ['accepted', nodes, [], []],
    ['mended', [node('textsearch')], [], ['respelled-worker']],
    ['mended', nodes, [link('TextSearch', 'text-TO-image')], ['respelled-subtask', 'respelled-subtask']],
    ['mended', nodes, [link('Text Search', 'Text Search')], ['self-edge']],
    [
      'mended',
      nodes,
      [link('Text Search', 'Text-to-Image'), link('Text Search', 'Text-to-Image')],
      ['repeated-edge'],
    ],
    ['mended', [node('Text Search', { note: 1 })], [], ['unknown-key']],
    [
      'mended',
      [node('Text Search', { id: 's' }), node('Text-to-Image', { id: 'i' })],
      [link('s', 'Text-to-Image')],
      ['named-by-id'],
    ],
    ['accepted', [node('Text Search', { id: '1' }), node('Text Search', { id: '2' })], [link('1', '2')], []],
    ['rejected', [node('Text Finder')], [], ['unknown-worker']],
    ['rejected', [node('TextToImage')], [], ['unknown-worker']],
    ['rejected', [node('Text Search'), node('Text Search')], [], ['duplicate-id']],
    ['rejected', nodes, [link('Image Search', 'Text Search')], ['unknown-subtask']],
    ['rejected', nodes, [link('Text Search', 'Image Search')], ['unknown-subtask']],
    ['rejected', nodes, [link('x', 'y')], ['unknown-subtask', 'unknown-subtask']],
    [
      'rejected',
      nodes,
      [link('Text Search', 'Text-to-Image'), link('Text-to-Image', 'Text Search')],
      ['cycle'],
    ],
    ['rejected', nodes, [link(0, 1)], ['form']],
    ['rejected', nodes, [link('Text Search', ['Text-to-Image'])], ['form']],
    ['rejected', [node('Text Search', { or: 'Image Search' })], [], ['form']],
    ['rejected', [], [], ['empty']],
    ['rejected', undefined, [], ['form']],
    ['rejected', nodes, null, ['form']],
    ['rejected', ['Text Search'], [], ['form']],
    ['rejected', [node('')], [], ['form', 'form']],
  ])('is %s: %j %j', (verdict, taskNodes, taskLinks, codes) => {
    expect(found(judge(taskNodes, taskLinks))).toEqual([verdict, codes])
  })

  it('has all of its faults told', () => {
    const verdict = judge(
      [node('Text Search'), node('Text Finder'), node('Text Search'), { arguments: [] }],
      [link('Text Finder', 'Text Search'), link('text search', 'Text Finder'), link('x', 'Text Finder'), 7],
    )
    expect(found(verdict)).toEqual([
      'rejected',
      ['cycle', 'duplicate-id', 'form', 'form', 'respelled-subtask', 'unknown-subtask', 'unknown-worker'],
    ])
  })

  it('has it remarked where its arguments say otherwise than its links', () => {
    const verdict = judge(
      [
        node('Text Search', { arguments: ['<node-0>', '<node-7>'] }),
        node('Text-to-Image', { arguments: ['<node-0>'] }),
      ],
      [],
    )
    expect([verdict.verdict, verdict.remarks.map(({ code }) => code)]).toEqual([
      'accepted',
      ['argument-self', 'argument-nowhere', 'argument-unlinked'],
    ])
    expect(summary([verdict])).toMatchObject({ accepted: 1, faults: {}, remarks: { 'argument-self': 1 } })
  })

  it.each(['', '{', 'null', '[]', '7', '{"__proto__": {"task_nodes": []}}'])(
    'may be no plan at all: %s',
    (line) => {
      expect(judgePlan(line, 'line 7', tools)).toMatchObject({ plan: 'line 7', verdict: 'rejected' })
    },
  )
})

const folder = resolve(import.meta.dirname, '../../../shared/data/plans')
const plansFile = `${folder}/mistral-7b-multimedia.jsonl`
const toolsFile = `${folder}/multimedia-tools.json`
const absent = existsSync(plansFile) ? false : `${folder} is not there`

describe.skipIf(absent)(`487 real plans${absent ? ` (skipped: ${absent})` : ''}`, () => {
  it('are each accepted, mended or rejected with all of their faults', () => {
    const workers = readTools(readFileSync(toolsFile, 'utf8'))
    const lines = readFileSync(plansFile, 'utf8').trim().split('\n')
    const verdicts = lines.map((line, at) => judgePlan(line, `line ${at + 1}`, workers))
    expect(summary(verdicts)).toEqual({
      accepted: 283,
      mended: 3,
      rejected: 201,
      faults: {
        'unknown-worker': 161,
        'unknown-subtask': 57,
        cycle: 5,
        'respelled-worker': 5,
        'duplicate-id': 4,
        form: 4,
        'repeated-edge': 4,
        'respelled-subtask': 3,
        'named-by-id': 1,
        'self-edge': 1,
      },
    })
  })

  it('by the command, as JSON', async () => {
    const script = resolve(import.meta.dirname, 'check-plans.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--conditions=@kilostep/source',
      script,
      plansFile,
      toolsFile,
      '--json',
    ])
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 283, mended: 3, rejected: 201 })
  })
})
