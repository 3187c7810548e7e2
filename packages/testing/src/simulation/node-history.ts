import type { JournalEvent } from 'kilostep'

/** What the journal said of one subtask or check so far, counted apart from the core's own counting. */
export interface NodeHistory {
  /** How many attempts have started, and the highest sample that one of them was at. */
  attempts: number
  sample: number
  /** Of each attempt its sample, and of each sample how often it has failed in transport. */
  readonly samples: Map<number, number>
  readonly broken: Map<number, number>
  /** How many late duplicates each sample had. */
  readonly hedges: Map<number, number>
  /** Attempts that have started and not ended. */
  readonly open: Set<number>
  /** Failures that count against the limits of its present worker. */
  transport: number
  flagged: number
  wrong: number
  /** The sample that failed in transport last, where nothing has started since. */
  again: number | undefined
  /** Attempts of which nobody knows how they ended. */
  readonly unsure: Set<number>
  /** Answers by attempt, as JSON, and their keys where they are votes. */
  readonly answers: Map<number, string>
  readonly votes: Map<string, number>
  lastAnswered: number
  /** The accepted answer as JSON. */
  accepted: string | undefined
  expanded: boolean
  final: boolean
}

export function newHistory(): NodeHistory {
  return {
    attempts: 0,
    sample: 0,
    samples: new Map(),
    broken: new Map(),
    hedges: new Map(),
    open: new Set(),
    transport: 0,
    flagged: 0,
    wrong: 0,
    again: undefined,
    unsure: new Set(),
    answers: new Map(),
    votes: new Map(),
    lastAnswered: 0,
    accepted: undefined,
    expanded: false,
    final: false,
  }
}

/** The sample that an attempt was at. */
export function sampleOf({ samples }: NodeHistory, attempt: number): number {
  return samples.get(attempt) ?? 0
}

/** How often a sample has failed in transport; of an attempt and its late duplicate, which share a retry, once. */
export function brokenOf({ broken, hedges }: NodeHistory, sample: number): number {
  return Math.max(0, (broken.get(sample) ?? 0) - (hedges.get(sample) ?? 0))
}

function countBroken({ broken }: NodeHistory, sample: number, more: number): void {
  broken.set(sample, (broken.get(sample) ?? 0) + more)
}

const unsureCodes: ReadonlySet<string> = new Set(['lost', 'timeout', 'idle'])

/** Takes down what the event says of the node. */
export function noteEvent(
  history: NodeHistory,
  event: Extract<JournalEvent, { readonly node: number }>,
): void {
  switch (event.type) {
    case 'attempt-started':
      history.attempts = event.attempt
      history.sample = Math.max(history.sample, event.sample)
      history.samples.set(event.attempt, event.sample)
      history.open.add(event.attempt)
      if (event.hedge === true) history.hedges.set(event.sample, (history.hedges.get(event.sample) ?? 0) + 1)
      history.again = undefined
      break
    case 'attempt-succeeded':
      history.open.delete(event.attempt)
      history.answers.set(event.attempt, JSON.stringify(event.answer))
      history.lastAnswered = event.attempt
      // A late duplicate has answered for the sample whose other attempt failed.
      if (history.again === sampleOf(history, event.attempt)) history.again = undefined
      if (event.key === undefined) break
      history.votes.set(event.key, (history.votes.get(event.key) ?? 0) + 1)
      history.transport = 0
      history.flagged = 0
      break
    case 'attempt-failed':
      history.open.delete(event.attempt)
      history[event.failure.kind]++
      history.again = event.failure.kind === 'transport' ? sampleOf(history, event.attempt) : undefined
      if (history.again !== undefined) countBroken(history, history.again, 1)
      if (unsureCodes.has(event.failure.code)) history.unsure.add(event.attempt)
      break
    case 'attempt-cancelled':
      history.open.delete(event.attempt)
      break
    case 'decision-made':
      // Somebody has looked: it may be done again, or this is its answer.
      history.unsure.clear()
      // What was lost is done again, or has its answer: that it was lost does not count.
      if (event.decision !== 'reject' && history.again !== undefined) {
        history.transport--
        countBroken(history, history.again, -1)
      }
      if (event.decision === 'answer') {
        history.answers.set(0, JSON.stringify(event.answer))
        history.lastAnswered = 0
        history.again = undefined
      }
      break
    case 'candidate-chosen':
      // Not always that of the last vote: where votes do not settle, it is the one in front.
      history.lastAnswered = event.attempt
      // A check may send it back, and then votes are counted anew.
      history.votes.clear()
      break
    case 'subtask-expanded':
      history.expanded = true
      break
    case 'subtask-escalated':
      history.transport = 0
      history.flagged = 0
      history.wrong = 0
      history.again = undefined
      history.votes.clear()
      break
    case 'subtask-succeeded':
      history.final = true
      // What has grown answers what its parts do.
      if (event.fallback === undefined && !history.expanded)
        history.accepted = history.answers.get(event.attempt ?? history.lastAnswered)
      break
    case 'subtask-failed':
    case 'subtask-skipped':
    case 'subtask-cancelled':
    case 'check-failed':
    case 'check-cancelled':
    case 'check-accepted':
      history.final = true
      break
    case 'check-rejected':
      history.final = event.final
      history.wrong++
      break
  }
}
