import {
  type AcceptedAnswer,
  createEngine,
  definePlan,
  defineWorker,
  exportAnswers,
  exportRun,
  memoryJournal,
  type RunEvent,
} from 'kilostep'
import { expect, it } from 'vitest'

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const read = defineWorker({
  name: 'read',
  policy: { retry: { attempts: 2, backoffMs: 0 } },
  run: (page: number, { attempt }) => (page === 2 && attempt === 1 ? '' : `text ${page}`),
  verify: (text) => text !== '',
})
const strong = defineWorker({ name: 'strong', run: (text: string) => text.length })
const measure = defineWorker({
  name: 'measure',
  policy: { vote: { margin: 2, maxVotes: 4 }, escalate: { to: 'strong' } },
  run: (text: string, { sample }) => (text === 'text 2' ? sample : sample === 2 ? -1 : text.length),
})
const judge = defineWorker({ name: 'judge', run: () => true })
const name = defineWorker({ name: 'name', run: (n: number) => `n${n}` })
const broken = defineWorker({
  name: 'broken',
  policy: { retry: { attempts: 1 } },
  run: (): string => {
    throw new Error('no')
  },
})
const list = defineWorker({ name: 'list', run: () => [4, 5] })
const inner = definePlan('inner', (q) => q.subtask(name, 7))
const grow = defineWorker({ name: 'grow', run: () => inner })

const plan = definePlan(
  'everything',
  (p) => {
    const texts = [1, 2].map((page) => p.subtask(read, page))
    for (const text of texts) p.subtask(measure, text)
    const judged = p.subtask(name, 3)
    p.check(judge, [judged])
    p.map(p.subtask(list, undefined), name, (item) => item)
    p.subtask(grow, undefined)
    p.subtask(broken, 1, { fallback: 'none' })
  },
  [strong],
)

async function ran() {
  const journal = memoryJournal()
  const run = createEngine({ journal }).start(plan, { run: 'r' })
  const events = await all(run)
  expect((await run.result).status).toBe('succeeded')
  return { journal, events }
}

/** Without its worker, which is that of the end where a run is iterated over afterwards. */
function unworked(event: RunEvent): object {
  const { worker: _, ...rest } = event as RunEvent & { worker?: string }
  return rest
}

it('the events of a run are those that the run told', async () => {
  const { journal, events } = await ran()
  const exported = await all(exportRun(journal, 'r'))
  expect(exported.map(unworked)).toEqual(events.map(unworked))
  // Each names the worker that had the subtask then, though a stronger one has taken over since.
  const of = exported.filter((event) => event.type === 'attempt-started' && event.subtask === 'measure-2')
  expect(of.map((event) => 'worker' in event && event.worker)).toEqual([
    'measure',
    'measure',
    'measure',
    'measure',
    'strong',
  ])
})

it('its accepted answers have their prompts, workers and votes', async () => {
  const { journal } = await ran()
  const answers = await all(exportAnswers(journal, 'r'))
  const line = (subtask: string): AcceptedAnswer | undefined => answers.find((one) => one.subtask === subtask)
  expect(answers.map(({ subtask }) => subtask)).toEqual([
    'read-1',
    'read-2',
    'measure-1',
    'measure-2',
    'name-1',
    'list-1',
    'name-2[0]',
    'name-2[1]',
    'grow-1/name-1',
  ])
  expect(line('read-2')).toEqual({
    run: 'r',
    subtask: 'read-2',
    worker: 'read',
    prompt: 2,
    answer: 'text 2',
    votes: null,
    judgedBy: 'verifier',
    attempts: 2,
  })
  expect(line('measure-1')).toMatchObject({
    worker: 'measure',
    prompt: 'text 1',
    answer: 6,
    judgedBy: 'votes',
    votes: { for: 3, of: 4 },
  })
  // It went up the ladder: the votes for the other worker's answers are not for this one.
  expect(line('measure-2')).toMatchObject({ worker: 'strong', prompt: 'text 2', answer: 6, votes: null })
  expect(line('name-1')).toMatchObject({ prompt: 3, answer: 'n3', judgedBy: 'check' })
  expect(line('name-2[1]')).toMatchObject({ prompt: 5, answer: 'n5', judgedBy: null })
})

it('a run that is not there is told', async () => {
  await expect(all(exportRun(memoryJournal(), 'r'))).rejects.toMatchObject({ code: 'unknown-run' })
})
