import { expect, test } from 'vitest'
import { given } from './fixtures/scenario.ts'

const policy = { retry: { attempts: 9, backoffMs: 1_000, jitter: 0, factor: 1 } }

test('retries that are due come back by priority, also before what has not started yet', () => {
  const run = given([
    { id: 'low', priority: 1, policy },
    { id: 'high', priority: 9, policy },
    { id: 'middle', priority: 5, policy },
    { id: 'fresh', priority: 0 },
  ])
  // The one with the least priority fails first and is due first.
  run.slots(3)
  for (const id of ['low', 'middle', 'high']) run.fails(id).pass(1)
  run.pass(2_000)
  expect(run.slots()).toEqual(['high', 'middle', 'low', 'fresh'])
})

test('one that is not due stays behind, whatever its priority', () => {
  const run = given([
    { id: 'high', priority: 9, policy: { retry: { backoffMs: 5_000, jitter: 0 } } },
    { id: 'low', priority: 1, policy },
  ]).begin()
  run.fails('high').fails('low').pass(2_000)
  expect(run.slots()).toEqual(['low'])
  run.pass(3_000)
  expect(run.slots()).toEqual(['high'])
})

test('what ended while it waited does not come back', () => {
  const run = given([
    { id: 'a', policy },
    { id: 'b', policy: { ...policy, onFailure: 'stop' as const } },
  ]).begin()
  run.fails('a')
  run.tell({ type: 'stop', at: run.at, reason: 'cancelled', message: 'Enough.' })
  run.ends('b', { type: 'cancelled' }).pass(10_000)
  expect(run.slots()).toEqual([])
  expect(run.report().subtasks.cancelled).toBe(2)
})

test('a subtask has 65,535 attempts at most, and says so', () => {
  const run = given([
    { id: 'a', policy: { vote: { margin: 2, maxVotes: 30_000 }, retry: { attempts: 3, backoffMs: 0 } } },
  ])
  // Of three samples two are flagged and one is a vote, and votes never settle: more attempts than two bytes count.
  for (let i = 0; run.state.phase === 'running'; i++) {
    run.slots(1)
    if (run.state.inFlight.size === 0) break
    if (i % 3 === 0) run.answers('a', (i / 3) % 2)
    else run.fails('a', 'flagged')
  }
  const report = run.report()
  expect(report.attempts.started).toBe(65_535)
  expect(report.failures[0]).toMatchObject({ kind: 'wrong', code: 'too-many-attempts' })
  expect(report.failures[0]?.message).toBe(
    'Subtask "a" has had 65535 attempts, which is the most that one may have.',
  )
})

test('votes that a cancelled run left undecided are not wrong', () => {
  const run = given([{ id: 'a', policy: { vote: { margin: 3 } } }]).begin()
  run.answers('a', 'x').answers('a', 'y')
  run.tell({ type: 'stop', at: run.at, reason: 'cancelled', message: 'Enough.' })
  while (run.state.inFlight.size > 0) run.ends('a', { type: 'cancelled' })
  expect(run.report().attempts).toMatchObject({ succeeded: 2, wrong: 0 })
})

test('votes before a failure in transport are not wrong either, and those without a majority are', () => {
  const lost = given([
    { id: 'a', policy: { vote: { margin: 2, atOnce: 1 }, retry: { attempts: 1 } } },
  ]).begin()
  lost.answers('a', 'x').slots()
  lost.fails('a')
  expect(lost.report().attempts).toMatchObject({ succeeded: 1, wrong: 0, transport: 1 })
  const split = given([{ id: 'a', policy: { vote: { margin: 2, maxVotes: 2 } } }]).begin()
  split.answers('a', 'x').answers('a', 'y')
  expect(split.report().attempts).toMatchObject({ succeeded: 0, wrong: 2 })
})
