import { checkOpenProbability, checkProbability, checkWhole } from './check.ts'
import {
  checkTally,
  DIFFICULTY_GRID,
  doubtOf,
  type Evidence,
  fitMix,
  hardSubtasks,
  type Mix,
  PRIOR_MIX,
  type Tally,
  type TallyCount,
  tallyKey,
  tallyOfKey,
} from './mix.ts'

/*
 * The rule that chooses the margin where nobody knows how hard the subtasks are: `margin: 'auto'`. It sees vote
 * counts alone, learns the mix of difficulty from agreement, and shares the error that the target allows over
 * the whole plan. It is that of RELIABILITY.md but for eight changes, each found by simulation on fifteen mixes
 * at 1, 64 and N subtasks in flight (`test/bench/reliability-rule.ts` prints the table):
 *
 * 1. Error is weighed by the square root of the information in a vote, not by the information itself. With the
 *    mix known that comes within 1 % of the optimal stopping of `stopping.ts` on every mix (11.51 votes where
 *    error alone takes 11.89 and error × information 12.67 on 95 % at .995 and 5 % at .6).
 * 2. The bucket of allowance overflows at three subtasks' worth. A lucky estimate of what is spent no longer
 *    buys a spree of early acceptances; it saves votes as well.
 * 3. The doubtful go first. Only dissent tells hard subtasks from easy ones, so unanimous ones wait a few votes
 *    for those that disagree, and at the start of a run until 300 subtasks have been seen. With N in flight this
 *    saves a fifth of the votes, and it is what keeps 1 % of hard subtasks among very easy ones above the target
 *    (.67 without, at N in flight). A scheduler that never waits loses votes, not correctness.
 * 4. While a subtask is open its dissent counts 1.15 times: ask again, and it might well repeat.
 * 5. The prior is worth 1.5 subtasks and a subtask may take 3,000 votes: at 400, plans with rates of .55 to .6
 *    among them gave up too often (.63 against .93); at 1,000, plans of nothing but .55 did.
 * 6. It learns from the eighth vote on, not from the 64th, which is beyond the end of a small plan; and a small plan
 *    has little error to lose by what it has not seen, so it may spend more of its allowance. Ten subtasks cost 3.5
 *    attempts each, where they cost 5.
 * 7. What cannot be bought is not tried for ever. Where no answer has a majority (`usualDoubt`), votes need not be
 *    surer than half of the doubt that they cannot remove; where no more can be had, the answer in front is taken.
 *    Both are counted against the prediction, so the run ends short of its target, and nobody else pays for them.
 * 8. Where a few hard subtasks have been found, errors count up to 1.3 times, for not knowing how many more there are.
 */
const SAFETY_SMALL = 0.5
/** Plans of this many subtasks are small; those of ten times as many are not. */
const SMALL_SUBTASKS = 10
const SAFETY_COLD = 0.38
const SAFETY_WARM = 0.6
/** A history of this many subtasks is warm; half of it is half way between cold and warm. */
const WARM_SUBTASKS = 1_000
const SURPRISE = 2
const ALLOWANCE_LEAST = 0.5
const ALLOWANCE_MOST = 3
const ERROR_MOST = 0.2
const OPEN_DISSENT_TIMES = 1.15
const REFIT_VOTES = 8
const REFIT_GROWTH = 0.15
const MAX_VOTES = 3_000
const ESCALATE_AFTER_VOTES = 3
/** Votes are sure enough when their error is this share of what they cannot tell. */
const DOUBT_SHARE = 0.5
/** Dissent is unresolved while a subtask has at most this many votes. */
const UNRESOLVED_VOTES = 8
/** Unanimous subtasks wait while more than one in this many open subtasks, and more than one, is unresolved. */
const WAIT_SHARE = 200
const WAIT_LEADER = 2
/** … and while fewer than this many subtasks have been seen, where there are as many. */
const LEARN_SUBTASKS = 300

/** How many subtasks have each tally, by `tallyKey`. Whole-number keys are walked in order: no history shows. */
type Table = Record<number, number>

/**
 * State of the rule over one run and one kind of worker: plain data, safe for JSON and structuredClone. The
 * functions of this file change it in place, since a plan of a million subtasks has five million votes. Treat
 * it as opaque.
 */
export interface AutoMargin {
  subtasks: number
  /** Subtasks of earlier runs. */
  readonly known: number
  readonly target: number
  readonly safety: number
  readonly maxVotes: number
  mix: Mix
  /** What errors are multiplied by, 1 or more, because few hard subtasks say little of how many there are. */
  surprise: number
  readonly history: readonly TallyCount[]
  /** Subtasks with votes that are neither accepted nor abandoned. */
  readonly open: Table
  readonly accepted: Table
  /** Given up, escalated or cancelled: evidence of difficulty, but no answer of ours. */
  readonly abandoned: Table
  openSubtasks: number
  unresolved: number
  votes: number
  votesAtFit: number
  done: number
  /** Error accepted on other grounds than this vote, from `chargeError`. */
  charged: number
  spent: number
  /** Accepted subtasks whose usual answer may be wrong: how many, and the sum of `usualDoubt`. */
  doubtful: number
  doubt: number
}

export interface AutoMarginOptions {
  /** N: the subtasks that share the target, whole, 1 or more. */
  readonly subtasks: number
  /** Compound success asked for over these subtasks, in (0, 1). For n of a plan's N subtasks give T^(n/N). */
  readonly target: number
  /** Tallies of earlier runs of the same kind of worker, from `tallyHistory`. Default none: a cold start. */
  readonly history?: readonly TallyCount[]
  /** Votes after which a subtask is given up, whole, 1 or more. Default 3,000. */
  readonly maxVotes?: number
  /**
   * Share of the allowed error that is spent, in (0, 1); the rest pays for what is not known yet. Default 0.38
   * without a history (0.5 for ten subtasks or fewer), rising to 0.6 with one of 1,000 subtasks.
   */
  readonly safety?: number
}

/** Starts the rule. Throws RangeError for an option outside its range. */
export function startAutoMargin(options: AutoMarginOptions): AutoMargin {
  const { subtasks, target, history = [], maxVotes = MAX_VOTES } = options
  checkWhole('subtasks', subtasks, 1)
  checkOpenProbability('target', target)
  checkWhole('maxVotes', maxVotes, 1)
  let known = 0
  for (const line of history) {
    checkTally(line)
    checkWhole('history.subtasks', line.subtasks, 0)
    known += line.subtasks
  }
  const { safety = usualSafety(subtasks, known) } = options
  checkOpenProbability('safety', safety)
  const state: AutoMargin = {
    subtasks,
    known,
    target,
    safety,
    maxVotes,
    mix: PRIOR_MIX,
    surprise: 1,
    history,
    open: {},
    accepted: {},
    abandoned: {},
    openSubtasks: 0,
    unresolved: 0,
    votes: 0,
    votesAtFit: 0,
    done: 0,
    charged: 0,
    spent: 0,
    doubtful: 0,
    doubt: 0,
  }
  if (known > 0) refit(state)
  return state
}

function usualSafety(subtasks: number, known: number): number {
  const size = Math.min(1, Math.max(0, Math.log10(subtasks / SMALL_SUBTASKS)))
  const cold = SAFETY_SMALL + (SAFETY_COLD - SAFETY_SMALL) * size
  const warm = Math.max(cold, SAFETY_WARM)
  return cold + (warm - cold) * Math.min(1, known / WARM_SUBTASKS)
}

/** The plan has grown or shrunk to `subtasks`. The error allowed is shared anew from here on. */
export function resizeAutoMargin(state: AutoMargin, subtasks: number): void {
  checkWhole('subtasks', subtasks, 1)
  state.subtasks = subtasks
}

/**
 * A vote of an open subtask was counted: its tally went from `before` ({ leader: 0, runnerUp: 0 } for its first)
 * to `after`. A transport failure or a flagged answer is no vote. Now and then this refits the mix, in about a
 * millisecond.
 */
export function countVote(state: AutoMargin, before: Tally, after: Tally): void {
  checkTally(after)
  if (before.leader > 0) leaveOpen(state, before)
  add(state.open, after, 1)
  state.openSubtasks++
  if (isUnresolved(after)) state.unresolved++
  state.votes++
  const growth = Math.max(REFIT_VOTES, REFIT_GROWTH * state.votesAtFit)
  if (state.votes - state.votesAtFit >= growth) {
    state.votesAtFit = state.votes
    refit(state)
  }
}

/**
 * The leader of an open subtask was accepted with this tally. Its probability of error is spent; `doubt`, from
 * `usualDoubt`, goes into the prediction alone.
 */
export function countAccepted(state: AutoMargin, tally: Tally, doubt = 0): void {
  checkProbability('doubt', doubt)
  leaveOpen(state, tally)
  add(state.accepted, tally, 1)
  state.done++
  state.spent += state.surprise * doubtOf(state.mix, tally).error
  if (doubt > 0) state.doubtful++
  state.doubt += doubt
}

/** An open subtask left the vote without an acceptance by it: escalated, given up or cancelled. */
export function countAbandoned(state: AutoMargin, tally: Tally): void {
  if (tally.leader === 0) return
  leaveOpen(state, tally)
  add(state.abandoned, tally, 1)
  state.done++
}

/**
 * An answer was accepted on other grounds than this vote (a stronger rung, a verifier) and is wrong with
 * probability `error`, 0 to 1: it is spent from the same allowance.
 */
export function chargeError(state: AutoMargin, error: number): void {
  checkProbability('error', error)
  state.charged += error
  state.spent += error
}

/** A subtask that shares the target is done without a vote here, and wrong with probability `error`, 0 to 1. */
export function countUnvoted(state: AutoMargin, error: number): void {
  chargeError(state, error)
  state.done++
}

function leaveOpen(state: AutoMargin, tally: Tally): void {
  const key = tallyKey(tally)
  if (!(state.open[key] !== undefined && state.open[key] > 0))
    throw new RangeError(
      `No open subtask has the tally ${tally.leader} to ${tally.runnerUp}. Count each vote with countVote before it is followed up.`,
    )
  add(state.open, tally, -1)
  state.openSubtasks--
  if (isUnresolved(tally)) state.unresolved--
}

function add(table: Table, tally: Tally, change: number): void {
  const key = tallyKey(tally)
  const count = (table[key] ?? 0) + change
  if (count === 0) delete table[key]
  else table[key] = count
}

function isUnresolved({ leader, runnerUp }: Tally): boolean {
  return runnerUp > 0 && leader + runnerUp <= UNRESOLVED_VOTES
}

/** Learns the mix from every tally, open ones too, and prices what is accepted by what is known now. */
export function refit(state: AutoMargin): void {
  const evidence: Evidence[] = state.history.map((line) => ({ ...line, times: 1 }))
  const take = (table: Table, open: boolean) => {
    for (const [key, subtasks] of Object.entries(table)) {
      const tally = tallyOfKey(Number(key))
      evidence.push({ ...tally, subtasks, times: open && isUnresolved(tally) ? OPEN_DISSENT_TIMES : 1 })
    }
  }
  take(state.accepted, false)
  take(state.abandoned, false)
  take(state.open, true)
  state.mix = fitMix(evidence, state.mix)
  const seen = evidence.reduce((sum, { subtasks }) => sum + subtasks, 0)
  state.surprise = surpriseAfter(hardSubtasks(state.mix, seen))
  state.spent = state.charged
  for (const [key, subtasks] of Object.entries(state.accepted))
    state.spent += state.surprise * subtasks * doubtOf(state.mix, tallyOfKey(Number(key))).error
}

/**
 * The next hard subtask may be one more than were seen, which matters most where they were one to three, and errors
 * are accepted just when their estimate is low: both make it too bold, by a third there and by a sixth at ten.
 */
function surpriseAfter(hard: number): number {
  return 1 + (SURPRISE * hard ** 2) / (1 + hard) ** 3
}

/** Probability of error that the next acceptance may add. */
export function allowance(state: AutoMargin): number {
  const each = (-Math.log(state.target) * state.safety) / state.subtasks
  const saved = each * (state.done + 1) - state.spent
  return Math.min(ALLOWANCE_MOST * each, Math.max(ALLOWANCE_LEAST * each, saved))
}

/**
 * What to do with an open subtask: accept the leader; ask for one more vote; wait until `mayGoOn`, because
 * doubtful subtasks in flight will tell more; go up the ladder; or give up at the limit, a failure of kind *wrong*.
 */
export type VoteDecision = 'accept' | 'vote' | 'wait' | 'escalate' | 'give-up'

export interface VoteQuestion {
  readonly tally: Tally
  /** All votes of the subtask, whole, leader + runnerUp or more. Default leader + runnerUp. */
  readonly votes?: number
  /**
   * Whether the scheduler can put the subtask aside and ask again once `mayGoOn` holds or nothing else is in
   * flight. Default false: 'wait' is then never the answer, at the cost of more votes.
   */
  readonly mayWait?: boolean
  /** Doubt about the usual answer itself, from `usualDoubt`, 0 to 1. Default 0. */
  readonly doubt?: number
  /** No more votes can be had of this worker. Default false. */
  readonly last?: boolean
  /**
   * At the limit: whether to take the answer in front, if there is one and, where more votes could be had, it is wrong
   * less than once in five; or to give up. Default `accept`.
   */
  readonly unsettled?: 'accept' | 'fail'
  /**
   * The next rung of the ladder: what one of its answers tells per cost, `natsPerVote(rate)` over its cost in
   * votes of this worker. Default none.
   */
  readonly strongerNatsPerVote?: number
}

/** Decides over a subtask from its tally. Reads the state, changes nothing. */
export function decideVote(state: AutoMargin, question: VoteQuestion): VoteDecision {
  const { tally, mayWait = false, doubt = 0, last = false, unsettled = 'accept' } = question
  const { leader, runnerUp } = tally
  checkTally(tally)
  const votes = question.votes ?? leader + runnerUp
  const limit = last || votes >= state.maxVotes
  if (leader === 0) return limit ? 'give-up' : 'vote'
  if (mayWait && !limit && runnerUp === 0 && leader >= WAIT_LEADER && !mayGoOn(state)) return 'wait'
  const { error, information } = doubtOf(state.mix, tally)
  const likely = leader > runnerUp && error < ERROR_MOST
  const ease = Math.sqrt(information / typicalInformation(state.mix))
  if (likely && state.surprise * error * ease <= allowance(state)) return 'accept'
  const { strongerNatsPerVote: stronger } = question
  const hopeless = likely && error <= doubt * DOUBT_SHARE
  if (stronger !== undefined) {
    const hard = votes >= ESCALATE_AFTER_VOTES && information < stronger
    if (limit || hard || hopeless) return 'escalate'
  }
  if (hopeless) return 'accept'
  if (!limit) return 'vote'
  const acceptable = last ? leader > runnerUp : likely
  return acceptable && unsettled === 'accept' ? 'accept' : 'give-up'
}

/** Whether subtasks that were told to wait may be asked about again. */
export function mayGoOn(state: AutoMargin): boolean {
  if (state.unresolved >= 1 + state.openSubtasks / WAIT_SHARE) return false
  const seen = state.known + state.done + state.openSubtasks
  return seen >= Math.min(state.subtasks, LEARN_SUBTASKS)
}

function typicalInformation(mix: Mix): number {
  return doubtOf(mix, { leader: 0, runnerUp: 0 }).information
}

/**
 * Predicted probability that every accepted answer is right: exp(−spent − doubt). Holds where votes are independent
 * and the usual answer is right; neither can be seen from votes for sure. Below the target: say so. Call `refit`
 * before the final report.
 */
export function predictedSuccess(state: AutoMargin): number {
  return Math.exp(-state.spent - state.doubt)
}

/** The tallies that this run adds to the record of its kind of worker, smallest first. */
export function tallyHistory(state: AutoMargin): readonly TallyCount[] {
  const total: Table = {}
  for (const table of [state.accepted, state.abandoned])
    for (const [key, subtasks] of Object.entries(table))
      total[Number(key)] = (total[Number(key)] ?? 0) + subtasks
  return Object.entries(total).map(([key, subtasks]) => ({ ...tallyOfKey(Number(key)), subtasks }))
}

/** The learned mix of difficulty as rates with their shares of the subtasks, for reports and predictions. */
export function learnedMix(state: AutoMargin): readonly { readonly rate: number; readonly share: number }[] {
  return DIFFICULTY_GRID.map((rate, i) => ({ rate, share: state.mix[i] ?? 0 }))
}
