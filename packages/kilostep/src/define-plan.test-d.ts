// Checked by the type checker alone: none of this runs.

import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { type DefinedPlan, definePlan } from './define-plan.ts'
import { createEngine } from './engine.ts'
import type { Handle, Item } from './handle.ts'
import type { RunResult } from './run-result.ts'
import { defineWorker, type Worker } from './worker.ts'

interface Page {
  readonly title: string
  readonly price: number
  readonly tags: readonly string[]
}

const read = defineWorker({
  name: 'read',
  input: z.object({ url: z.url(), depth: z.int().optional() }),
  output: z.object({ title: z.string(), price: z.number(), tags: z.array(z.string()).readonly() }),
  run: async ({ url }, { signal, attempt, subtask }) => {
    expectTypeOf(url).toEqualTypeOf<string>()
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    expectTypeOf(attempt).toEqualTypeOf<number>()
    expectTypeOf(subtask).toEqualTypeOf<string>()
    return { title: url, price: 1, tags: [] }
  },
  verify: (answer) => {
    expectTypeOf(answer.price).toEqualTypeOf<number>()
    return answer.price > 0 || 'price must be positive'
  },
  key: (answer) => answer.title,
})
const merge = defineWorker({ name: 'merge', run: ({ pages }: { pages: readonly Page[] }) => pages.length })
const double = defineWorker({ name: 'double', run: (n: number) => n * 2 })
const list = defineWorker({ name: 'list', run: async (_: null): Promise<string[]> => [] })

test('a worker takes its types from its schemas, or from its function', () => {
  expectTypeOf(read).toExtend<Worker<{ url: string; depth?: number | undefined }, Page>>()
  expectTypeOf(double).toEqualTypeOf<Worker<number, number>>()
  expectTypeOf(list).toEqualTypeOf<Worker<null, string[]>>()
})

test('a subtask gives a handle of what its worker answers', () => {
  definePlan('p', (p) => {
    const page = p.subtask(read, { url: 'https://example.com' })
    expectTypeOf(page.at('price')).toEqualTypeOf<Handle<number>>()
    expectTypeOf(page.at('tags').at(0)).toExtend<Handle<string | undefined>>()
    expectTypeOf(page.at('title').or(null)).toEqualTypeOf<Handle<string | null>>()
    p.subtask(double, page.at('price'))
    p.subtask(merge, { pages: [page, page] })
    // @ts-expect-error an answer has no such part
    page.at('prise')
    // @ts-expect-error a text is not a number
    p.subtask(double, page.at('title'))
    // @ts-expect-error a page is not a list of pages
    p.subtask(merge, { pages: page })
  })
})

test('an input that does not fit does not compile', () => {
  definePlan('p', (p) => {
    // @ts-expect-error it takes an object
    p.subtask(read, 'https://example.com')
    // @ts-expect-error the url is missing
    p.subtask(read, {})
    // @ts-expect-error the url is a text
    p.subtask(read, { url: 7 })
    // @ts-expect-error it takes a number
    p.subtask(double, '7')
    // @ts-expect-error it is not a worker
    p.subtask({ name: 'x', run: () => 1 }, 1)
  })
})

test('options are those that there are', () => {
  definePlan('p', (p) => {
    const first = p.subtask(double, 1, { id: 'first', priority: 2, fallback: 0, policy: { timeoutMs: 5 } })
    p.subtask(double, 1, { needs: [first], when: { value: first, equals: 2 } })
    // @ts-expect-error it answers a number
    p.subtask(double, 1, { fallback: 'none' })
    // @ts-expect-error ids are not handles
    p.subtask(double, 1, { needs: ['first'] })
    // @ts-expect-error it is called priority
    p.subtask(double, 1, { prio: 2 })
    // @ts-expect-error what fails is skipped or stops the run
    p.subtask(double, 1, { policy: { onFailure: 'ignore' } })
    // @ts-expect-error a check covers handles
    p.check(double, ['first'])
  })
})

test('a map is over a list, and its function gets an item of it', () => {
  definePlan('p', (p) => {
    const urls = p.subtask(list, null)
    const pages = p.map(urls, read, (url) => {
      expectTypeOf(url).toEqualTypeOf<Item<string>>()
      return { url }
    })
    expectTypeOf(pages).toExtend<Handle<readonly Page[]>>()
    p.subtask(merge, { pages })
    // @ts-expect-error a text is not a number
    p.map(urls, double, (url) => url)
    // @ts-expect-error a number is no list
    p.map(p.subtask(double, 1), double, () => 1)
  })
})

test('what the callback returns is what the run answers', async () => {
  const one = definePlan('p', (p) => p.subtask(double, 1))
  expectTypeOf(one).toEqualTypeOf<DefinedPlan<number>>()
  const both = definePlan('p', (p) => ({
    n: p.subtask(double, 1),
    titles: [p.subtask(read, { url: 'https://example.com' }).at('title')],
    fixed: 'text',
  }))
  expectTypeOf(both.output.n).toEqualTypeOf<number>()
  expectTypeOf(both.output.titles[0]).toEqualTypeOf<string>()
  expectTypeOf(both.output.fixed).toExtend<string>()
  const result = await createEngine().start(one).result
  expectTypeOf(result).toEqualTypeOf<RunResult<number>>()
  expectTypeOf(result.output).toEqualTypeOf<number>()
  const untyped = await createEngine().start({ kilostep: 1, name: 'p', subtasks: [] }).result
  expectTypeOf(untyped.output).toEqualTypeOf<unknown>()
})

test('a worker may answer a plan that answers in its stead', () => {
  const inner = definePlan('inner', (p) => p.subtask(double, 1))
  const outer = defineWorker({ name: 'outer', output: z.number(), run: (n: number) => (n > 1 ? inner : n) })
  expectTypeOf(outer).toExtend<Worker<number, number>>()
})

test('events have their own types', () => {
  const run = createEngine().start(definePlan('p', (p) => p.subtask(double, 1)))
  run.on('attempt-failed', (event) => {
    expectTypeOf(event.subtask).toEqualTypeOf<string>()
    expectTypeOf(event.failure.kind).toEqualTypeOf<'transport' | 'flagged' | 'wrong'>()
  })
  run.on('check-rejected', ({ suspects }) => expectTypeOf(suspects).toEqualTypeOf<readonly string[]>())
  // @ts-expect-error there is no such event
  run.on('subtask-done', () => undefined)
})
