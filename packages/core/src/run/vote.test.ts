import { describe, expect, it } from 'vitest'
import type { Plan } from '../plan/plan.ts'
import type { PolicyOptions } from '../policy/policy.ts'
import { adviceOf } from '../report/advice.ts'
import { recordOf } from '../report/record.ts'
import { runReport } from '../report/run-report.ts'
import { decide } from './decide.ts'
import type { JournalEvent } from './events.ts'
import { evolve, replay } from './evolve.ts'
import type { Input, Outcome } from './input.ts'
import type { RunOptions } from './options.ts'
import { emptyState } from './state.ts'

/** A run without a host: attempts are started and ended by hand. */
function startRun(options: {
  readonly policy?: PolicyOptions
  readonly subtasks?: number
  readonly check?: boolean
  readonly run?: RunOptions
}) {
  const { policy = { vote: { margin: 2 } }, subtasks = 1, check = false, run = {} } = options
  const ids = Array.from({ length: subtasks }, (_, i) => `read-${i + 1}`)
  const plan = {
    kilostep: 1,
    name: 'votes',
    subtasks: ids.map((id) => ({ id, worker: 'read' })),
    ...(check && { checks: [{ id: 'sum', worker: 'sum', covers: ids }] }),
  } as Plan
  const state = emptyState()
  const journal: JournalEvent[] = []
  let at = 1_000
  const commit = (events: readonly JournalEvent[]): void => {
    for (const event of events) {
      // A journal holds JSON: what does not survive it must not be decided on.
      evolve(state, JSON.parse(JSON.stringify(event)) as JournalEvent)
      journal.push(event)
    }
  }
  const tell = (input: Input): void => {
    commit(decide(state, input))
    for (let events = decide(state, { type: 'follow', at }); events.length > 0; ) {
      commit(events)
      events = decide(state, { type: 'follow', at })
    }
  }
  commit([
    {
      type: 'run-started',
      at,
      version: 1,
      run: 'run',
      plan,
      digest: 'sha256:0',
      seed: 1,
      options: run,
      workers: [
        { name: 'read', effects: 'none', verified: false, undo: false, policy },
        { name: 'sum', effects: 'none', verified: false, undo: false },
      ],
    },
  ])
  const next = () => {
    at += 1_000
    const before = journal.length
    tell({ type: 'next', at })
    return journal.slice(before).find((event) => event.type === 'attempt-started')
  }
  const end = (attempt: { readonly node: number; readonly attempt: number }, outcome: Outcome): void =>
    tell({ type: 'attempt-ended', at, node: attempt.node, attempt: attempt.attempt, outcome })
  return {
    state,
    journal,
    next,
    end,
    /** The next attempt gives this answer, or this outcome. */
    give(outcome: string | number | boolean | Outcome) {
      const attempt = next()
      if (attempt === undefined) throw new Error('No attempt is to be made.')
      end(attempt, typeof outcome === 'object' ? outcome : { type: 'answer', answer: outcome })
      return attempt
    },
    types: () => journal.map(({ type }) => type),
    report: () => runReport(state),
  }
}

const transport: Outcome = {
  type: 'failure',
  failure: { kind: 'transport', code: 'threw', message: 'connection reset' },
}
const usedUp: Outcome = {
  type: 'failure',
  failure: { kind: 'wrong', code: 'samples-used-up', message: 'No more answers.' },
  retryable: false,
}
const flag: Outcome = {
  type: 'failure',
  failure: { kind: 'flagged', code: 'red-flag', message: 'too long' },
}

describe('a vote with a fixed margin', () => {
  it('given a margin of 2, when the second vote agrees, then the answer is accepted, and not before', () => {
    const run = startRun({})
    run.give('a')
    expect(run.types()).not.toContain('subtask-succeeded')
    run.give('a')
    expect(run.journal.at(-2)).toMatchObject({ type: 'subtask-succeeded', node: 0, attempt: 1 })
    expect(run.state.answers[0]).toBe('a')
    expect(run.report()).toMatchObject({
      status: 'succeeded',
      attempts: { started: 2, succeeded: 2, wrong: 0 },
    })
  })

  it('given dissent, then the leader must lead by 2, its first answer is taken, and the outvoted are wrong', () => {
    const run = startRun({})
    for (const answer of ['b', 'a', 'a']) run.give(answer)
    expect(run.types()).not.toContain('subtask-succeeded')
    run.give('a')
    expect(run.journal.at(-2)).toMatchObject({ type: 'subtask-succeeded', attempt: 2 })
    expect(run.report().attempts).toMatchObject({ started: 4, succeeded: 3, wrong: 1 })
    // What a first attempt alone would have given was outvoted.
    expect(run.report().kinds[0]?.firstAttempt).toMatchObject({ rate: 0, n: 1 })
  })

  it('given keys, then answers with the same key are the same vote', () => {
    const run = startRun({})
    run.give({ type: 'answer', answer: ' 4', key: '4' })
    run.give({ type: 'answer', answer: '4.0', key: '4' })
    expect(run.state.answers[0]).toBe(' 4')
  })

  it('given no keys, then data that are equal but for the order of their keys are the same vote', () => {
    const run = startRun({})
    run.give({ type: 'answer', answer: { x: 1, y: 2 } })
    run.give({ type: 'answer', answer: { y: 2, x: 1 } })
    expect(run.report().status).toBe('succeeded')
  })

  it('given votes that never settle, when maxVotes is reached, then it fails as wrong and tells the tally', () => {
    const run = startRun({ policy: { vote: { margin: 3, maxVotes: 5 } } })
    for (const answer of ['a', 'b', 'a', 'c', 'b']) run.give(answer)
    const report = run.report()
    expect(report.failures).toEqual([
      {
        subtask: 'read-1',
        kind: 'wrong',
        code: 'no-majority',
        message: 'No answer of "read-1" led by enough after 5 votes: 2 for one, 2 for the next.',
        fallback: false,
      },
    ])
    expect(report.attempts).toMatchObject({ started: 5, succeeded: 0, wrong: 5 })
    expect(report.success.predicted).toBe(0)
  })
})

describe('attempts that are no votes', () => {
  it('given a transport failure, then its retry is the same sample, and the next vote a new one', () => {
    const run = startRun({})
    const samples = ['a', transport, 'a'].map((outcome) => run.give(outcome as string).sample)
    expect(samples).toEqual([1, 2, 2])
    expect(run.report()).toMatchObject({ status: 'succeeded', attempts: { transport: 1, succeeded: 2 } })
  })

  it('given flagged answers, then they are no votes, and the next attempt is a new sample', () => {
    const run = startRun({})
    const samples = ['a', flag, 'b', flag, 'a', 'a'].map((outcome) => run.give(outcome as string).sample)
    expect(samples).toEqual([1, 2, 3, 4, 5, 6])
    expect(run.report().attempts).toMatchObject({ flagged: 2, succeeded: 3, wrong: 1 })
  })

  it('given more failures than retry.attempts over all, but fewer between two votes, then it goes on', () => {
    const run = startRun({ policy: { vote: { margin: 4 }, retry: { attempts: 2 } } })
    for (let i = 0; i < 4; i++) {
      run.give(flag)
      run.give('a')
    }
    expect(run.report().status).toBe('succeeded')
  })
})

describe('a vote with margin auto', () => {
  const auto = { vote: { margin: 'auto' } } as const

  it('given agreement, then it asks until the error fits the target, and says what it predicts', () => {
    const run = startRun({ policy: auto, subtasks: 20, run: { target: 0.9 } })
    while (run.report().status === 'running') run.give('a')
    const { success, attempts } = run.report()
    expect(attempts.started).toBeGreaterThan(40)
    expect(success.predicted).toBeGreaterThan(0.9)
    expect(success.targetMet).toBe(true)
  })

  it('given the record of a run, then the next one starts warm and needs fewer votes', () => {
    const cold = startRun({ policy: auto, subtasks: 50 })
    while (cold.report().status === 'running') cold.give('a')
    const record = recordOf(cold.state)
    expect(record['read']?.votes?.reduce((sum, line) => sum + line.subtasks, 0)).toBe(50)
    const warm = startRun({ policy: auto, subtasks: 50, run: { record } })
    while (warm.report().status === 'running') warm.give('a')
    expect(warm.report().attempts.started).toBeLessThan(cold.report().attempts.started)
    // What was handed in and what was learned, added up.
    const both = recordOf(warm.state)['read']?.votes ?? []
    expect(both.reduce((sum, line) => sum + line.subtasks, 0)).toBe(100)
    expect(new Set(both.map(({ leader, runnerUp }) => `${leader}/${runnerUp}`)).size).toBe(both.length)
  })

  it('given votes that never settle, then it gives up at maxVotes', () => {
    const run = startRun({ policy: { vote: { margin: 'auto', maxVotes: 10 } } })
    for (let i = 0; i < 10; i++) run.give(i % 2 === 0 ? 'a' : 'b')
    expect(run.report().failures[0]).toMatchObject({ kind: 'wrong', code: 'no-majority' })
  })

  it('given a worker that has no more answers, then the one in front is taken, and the run falls short', () => {
    const run = startRun({ policy: auto, run: { target: 0.9 } })
    for (const answer of ['a', 'b', 'a']) run.give(answer)
    run.give(usedUp)
    expect(run.journal.at(-3)).toMatchObject({ type: 'attempt-failed', last: true })
    expect(run.state.answers[0]).toBe('a')
    const { status, success } = run.report()
    expect(status).toBe('succeeded')
    expect(success.predicted).toBeLessThan(0.9)
    expect(success.targetMet).toBe(false)
    expect(runReport(replay(run.journal))).toEqual(run.report())
  })

  it('given no more answers and none in front, or a policy to fail then, then it fails as it failed', () => {
    const even = startRun({ policy: auto })
    for (const answer of ['a', 'b']) even.give(answer)
    even.give(usedUp)
    expect(even.report().failures[0]).toMatchObject({ kind: 'wrong', code: 'samples-used-up' })
    for (const vote of [{ margin: 'auto', unsettled: 'fail' }, { margin: 3 }] as const) {
      const strict = startRun({ policy: { vote } })
      for (const answer of ['a', 'b', 'a']) strict.give(answer)
      strict.give(usedUp)
      expect(strict.report().failures[0]).toMatchObject({ code: 'samples-used-up' })
    }
    const lenient = startRun({ policy: { vote: { margin: 3, unsettled: 'accept' } } })
    for (const answer of ['a', 'b', 'a']) lenient.give(answer)
    lenient.give(usedUp)
    expect(lenient.state.answers[0]).toBe('a')
  })

  it('given a connection that is lost for good, then the votes before it do not decide', () => {
    const run = startRun({ policy: { ...auto, retry: { attempts: 1 } } })
    run.give('a')
    run.give(transport)
    expect(run.report().failures[0]).toMatchObject({ kind: 'transport' })
  })

  it('given many answers of which none has half, then it is accepted without end of asking, and the run falls short', () => {
    const run = startRun({ policy: auto, subtasks: 3, run: { target: 0.9 } })
    while (run.report().status === 'running') {
      const attempt = run.next()
      if (attempt === undefined) throw new Error('No attempt is to be made.')
      const { sample, node } = attempt
      const answer = node > 0 || sample % 4 === 0 ? 'a' : `other ${sample}`
      run.end(attempt, { type: 'answer', answer })
    }
    const { success, status } = run.report()
    expect(status).toBe('succeeded')
    expect(success.targetMet).toBe(false)
    expect(run.state.attempts[0]).toBeLessThan(60)
    expect(success.doubtful).toBe(1)
    expect(adviceOf(run.report()).join('\n')).toContain('In 1 subtask no answer had half of the samples')
  })

  it('given many in flight and few that dissent, then those that agree wait, also while a slot is empty', () => {
    const run = startRun({ policy: auto, subtasks: 40 })
    const round = (answerOf: (node: number) => string): void => {
      // A host that starts all that may start, and then is told of all the answers while none is started.
      const started = []
      for (let attempt = run.next(); attempt !== undefined; attempt = run.next()) started.push(attempt)
      for (const attempt of started) run.end(attempt, { type: 'answer', answer: answerOf(attempt.node) })
    }
    round(() => 'a')
    round((node) => (node < 5 ? 'b' : 'a'))
    // The last to be heard of were told to wait for the five, though nothing was in flight just then.
    expect(run.types().filter((type) => type === 'vote-set-aside').length).toBeGreaterThan(30)
    expect(run.types()).not.toContain('votes-resumed')
    while (run.report().status === 'running') round(() => 'a')
    expect(run.types()).toContain('votes-resumed')
    expect(run.report().subtasks.succeeded).toBe(40)
  })
})

describe('votes and a check over them', () => {
  it('given votes that are decided, then the check sees the winners, and they are accepted at once', () => {
    const run = startRun({ subtasks: 2, check: true })
    for (const answer of ['a', 'a', 'b', 'b']) run.give(answer)
    expect(run.types().filter((type) => type === 'candidate-chosen')).toHaveLength(2)
    expect(run.types()).not.toContain('subtask-succeeded')
    expect(run.give(true)).toMatchObject({ node: 2 })
    expect(run.types().filter((type) => type === 'subtask-succeeded')).toHaveLength(2)
    expect(run.report()).toMatchObject({ status: 'succeeded', checks: { accepted: 1 } })
  })

  it('under a check counts its first answer once, and only when the check takes it', () => {
    const run = startRun({ subtasks: 1, check: true, policy: { vote: { margin: 1 } } })
    for (const answer of ['a', false, 'a', true]) run.give(answer)
    expect(run.report()).toMatchObject({ status: 'succeeded', subtasks: { succeeded: 1 } })
    expect(run.report().kinds[0]?.firstAttempt).toMatchObject({ rate: 0, n: 1 })
    const once = startRun({ subtasks: 1, check: true, policy: { vote: { margin: 1 } } })
    for (const answer of ['a', true]) once.give(answer)
    expect(once.report().kinds[0]?.firstAttempt).toMatchObject({ rate: 1, n: 1 })
  })

  it('given a check that rejects, then there is a new vote, and the old winner is wrong', () => {
    const run = startRun({ subtasks: 1, check: true })
    for (const answer of ['a', 'a', false, 'b', 'b', true] as const) run.give(answer)
    expect(run.state.answers[0]).toBe('b')
    expect(run.report()).toMatchObject({ status: 'succeeded', checks: { accepted: 1, rejections: 1 } })
  })
})

describe('the journal of votes', () => {
  it('given a run with dissent, failures and waiting, then its replay, through JSON, gives the same report and state', () => {
    const run = startRun({ policy: { vote: { margin: 'auto', maxVotes: 30 } }, subtasks: 30 })
    for (let i = 0; run.report().status === 'running'; i++) {
      const outcome = i % 17 === 3 ? transport : i % 19 === 5 ? flag : i % 7 === 0 ? 'b' : 'a'
      const attempt = run.next()
      if (attempt !== undefined)
        run.end(attempt, typeof outcome === 'string' ? { type: 'answer', answer: outcome } : outcome)
    }
    const text = JSON.stringify(run.journal)
    const again = replay(JSON.parse(text) as JournalEvent[])
    expect(runReport(again)).toEqual(run.report())
    expect(again.answers).toEqual(run.state.answers)
    expect(again.margins).toEqual(run.state.margins)
    expect(recordOf(again)).toEqual(recordOf(run.state))
  })
})
