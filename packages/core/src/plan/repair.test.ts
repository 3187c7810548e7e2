import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { KnownWorker } from './check.ts'
import { type RepairOptions, repairPlan } from './repair.ts'

const workers = new Map<string, KnownWorker>(
  [
    { name: 'read', input: z.object({ url: z.string() }), effects: 'none' as const },
    { name: 'Image Search', effects: 'none' as const },
    { name: 'merge', verified: true },
    { name: 'pay', effects: 'once' as const },
    { name: 'save', writes: ({ file }: { file: string }) => `out/${file}` },
  ].map((worker) => [worker.name, worker as KnownWorker]),
)

const codes = (faults: readonly { code: string }[]): string[] => faults.map(({ code }) => code)
const repair = (subtasks: unknown[], rest: object = {}, options: RepairOptions = {}) =>
  repairPlan({ kilostep: 1, name: 'plan', subtasks, ...rest }, { workers, ...options })
const page = (id: string) => ({ id, worker: 'read', input: { url: 'a' } })

describe('repairPlan', () => {
  it('leaves a plan without faults as it is', () => {
    const { plan, mended, faults } = repair([
      page('a'),
      { id: 'b', worker: 'merge', input: [{ $from: 'a' }] },
    ])
    expect(mended).toEqual([])
    expect(faults).toEqual([])
    expect(plan?.subtasks[1]).toEqual({ id: 'b', worker: 'merge', input: [{ $from: 'a' }] })
  })

  it('mends names that differ in case or spacing, wherever they stand', () => {
    const { plan, mended } = repair(
      [
        { id: 'First Page', worker: 'READ', input: { url: 'a' } },
        { id: 'b', worker: 'imagesearch', needs: ['first page'] },
        {
          id: 'c',
          worker: 'merge',
          input: {
            a: [{ $from: 'FirstPage', path: ['x'], else: { $from: 'B' } }],
            b: { $literal: { $from: 'B' } },
          },
          when: { value: { $from: 'B' } },
        },
        { id: 'd', worker: 'merge', map: { over: { $from: 'C' } }, input: { $item: [] } },
      ],
      { checks: [{ id: 'check', worker: 'merge', covers: ['C '] }], output: { $from: 'D' } },
    )
    expect(plan).toMatchObject({
      subtasks: [
        { worker: 'read' },
        { worker: 'Image Search', needs: ['First Page'] },
        {
          input: {
            a: [{ $from: 'First Page', path: ['x'], else: { $from: 'b' } }],
            b: { $literal: { $from: 'B' } },
          },
          when: { value: { $from: 'b' } },
        },
        { map: { over: { $from: 'c' } } },
      ],
      checks: [{ covers: ['c'] }],
      output: { $from: 'd' },
    })
    expect(codes(mended).sort()).toEqual([
      ...Array(7).fill('respelled-subtask'),
      ...Array(2).fill('respelled-worker'),
    ])
    expect(mended[0]?.message).toBe('Subtask "First Page" names worker "READ", read as "read".')
  })

  it('mends no name that could mean two', () => {
    const { faults } = repair([page('A b'), page('a B'), { id: 'c', worker: 'merge', needs: ['ab', 'a B'] }])
    expect(faults.map(({ message }) => message)).toEqual([
      'Subtask "c" needs "ab", which is not in the plan. Did you mean "A b"?',
    ])
  })

  it('leaves out edges that say nothing, and says so', () => {
    const { plan, mended } = repair([page('a'), { id: 'b', worker: 'merge', needs: ['a', 'b', 'a', 'A'] }])
    expect(plan?.subtasks[1]?.needs).toEqual(['a'])
    expect(codes(mended)).toEqual(['self-edge', 'repeated-edge', 'respelled-subtask', 'repeated-edge'])
  })

  it('tells everything else at once, and mends around it', () => {
    const { plan, mended, faults } = repair([
      { id: 'a', worker: 'reed', needs: ['c'] },
      { id: 'b', worker: 'Read', input: { url: 7 }, needs: ['nowhere'] },
      { id: 'b', worker: 'merge' },
      { id: 'c', worker: 'merge', needs: ['a', 'a'] },
      { id: 'd', worker: 'merge', input: { $from: 'd' } },
      { id: 5, worker: 'merge' },
    ])
    expect(plan).toBeUndefined()
    expect(codes(mended)).toEqual(['respelled-worker', 'repeated-edge'])
    expect(codes(faults).sort()).toEqual([
      'cycle',
      'duplicate-id',
      'form',
      'input',
      'self-edge',
      'unknown-subtask',
      'unknown-worker',
    ])
  })

  it('lets a model bring neither workers nor policies', () => {
    const own = {
      workers: { shell: { command: ['rm', '-rf', '/'] } },
      checks: [{ id: 'k', worker: 'merge', covers: ['a'], policy: {} }],
    }
    const subtasks = [{ ...page('a'), policy: { retry: { attempts: 9_000 } } }]
    expect(codes(repair(subtasks, own).faults)).toEqual(['own-workers', 'own-policy', 'own-policy'])
    expect(repair(subtasks, own, { own: true }).faults).toEqual([])
    expect(codes(repair([{ id: 'a', worker: 'shell' }], own).faults)).toContain('unknown-worker')
  })

  it('finds two subtasks that write the same', () => {
    const save = (id: string, file: unknown) => ({
      id,
      worker: 'save',
      input: { file, text: { $from: 'p' } },
    })
    const { faults } = repair([page('p'), save('a', 'x'), save('b', 'y'), save('c', 'x'), save('d', 'x')])
    expect(faults.map(({ message }) => message)).toEqual([
      'Subtasks "a", "c" and "d" write the same: "out/x". Let one of them do it, or give each its own.',
    ])
    // What is not known before it runs is no reason to send a plan back.
    expect(repair([page('p'), save('a', { $from: 'p' }), save('b', { $from: 'p' })]).faults).toEqual([])
  })

  it('finds the same work twice where it must not be done twice', () => {
    const pay = (id: string, cents: number) => ({ id, worker: 'pay', input: { to: 'x', cents } })
    expect(codes(repair([pay('a', 1), pay('b', 1), pay('c', 2)]).faults)).toEqual(['written-twice'])
    expect(repair([pay('a', 1), pay('c', 2)]).faults).toEqual([])
  })

  it('finds answers that lead nowhere', () => {
    const rest = { output: { $from: 'b' } }
    const { faults } = repair(
      [page('a'), page('b'), page('c'), { id: 'd', worker: 'save', needs: ['c'] }],
      rest,
    )
    expect(faults.map(({ code, where }) => [code, where])).toEqual([['unused', 'a']])
    expect(repair([page('a'), page('b')]).faults).toEqual([])
  })

  it('finds what nothing can judge, where that is asked for', () => {
    const subtasks = [page('a'), page('b'), { id: 'c', worker: 'merge' }]
    const checks = [{ id: 'k', worker: 'merge', covers: ['b'] }]
    expect(repair(subtasks, { checks }).faults).toEqual([])
    const { faults } = repair(subtasks, { checks }, { judged: true })
    expect(faults.map(({ code, where }) => [code, where])).toEqual([['unverifiable', 'a']])
    const voting = new Map([...workers, ['read', { name: 'read', policy: { vote: { margin: 2 } } }]])
    expect(repair(subtasks, { checks }, { judged: true, workers: voting }).faults).toEqual([])
  })

  it('lets a plan refer to subtasks that are there already, and not use or judge them anew', () => {
    const existing = ['Old One', 'b']
    const fresh = { id: 'c', worker: 'merge', input: [{ $from: 'old one' }], needs: ['b'] }
    const { plan, mended, faults } = repair([fresh], { output: { $from: 'OLDONE' } }, { existing })
    expect(faults).toEqual([])
    expect(codes(mended)).toEqual(['respelled-subtask', 'respelled-subtask'])
    expect(plan).toMatchObject({
      subtasks: [{ id: 'c', input: [{ $from: 'Old One' }] }],
      output: { $from: 'Old One' },
    })
    expect(plan?.subtasks).toHaveLength(1)
    const checks = [{ id: 'k', worker: 'merge', covers: ['a', 'b'] }]
    expect(codes(repair([page('a')], { checks }, { existing }).faults)).toEqual(['covers-existing'])
    expect(codes(repair([page('b')], {}, { existing }).faults)).toEqual(['duplicate-id'])
  })

  it('finds too many', () => {
    expect(codes(repair([page('a'), page('b')], {}, { maxSubtasks: 1 }).faults)).toEqual(['limit'])
  })

  it.each([undefined, null, 7, 'plan', [], {}, { subtasks: {} }, { subtasks: [null, 7, [], 'x'] }])(
    'takes anything: %j',
    (data) => {
      expect(repairPlan(data).faults.length).toBeGreaterThan(0)
    },
  )

  it('takes data that throws when it is read', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
      },
    )
    expect(repairPlan(hostile).faults[0]?.message).toContain('cannot be read: no')
    expect(repair([hostile]).faults[0]?.message).toContain('cannot be read: no')
  })

  it('leaves the data as it is', () => {
    const data = {
      kilostep: 1,
      name: 'p',
      subtasks: [{ id: 'a', worker: 'READ', needs: ['a'], input: { url: 'u' } }],
    }
    const before = structuredClone(data)
    expect(repairPlan(Object.freeze(data), { workers }).mended).toHaveLength(2)
    expect(data).toEqual(before)
  })
})
