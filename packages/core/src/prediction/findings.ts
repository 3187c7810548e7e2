import type { Plan } from '../plan/plan.ts'
import { cleanAuditsNeeded } from '../reliability/interval.ts'
import { count, counted, dollars, percent } from '../report/numbers.ts'
import type { Budget } from '../run/options.ts'
import type { Census } from './census.ts'
import type { Known } from './known.ts'
import type { Part } from './policies.ts'
import type { PolicyPrediction, Prediction } from './prediction.ts'
import { each, named, often, policySettings } from './wording.ts'

/** All that the sentences are made of. */
export interface Facing {
  readonly plan: Plan
  readonly target: number
  readonly census: Census
  readonly total: number | null
  readonly parts: readonly Part[]
  readonly policies: readonly PolicyPrediction[]
  readonly cheapest: Prediction['cheapest']
  readonly naive: Prediction['naive']
  readonly budget: Budget | undefined
  /** Workers of which nothing is known. */
  readonly blank: readonly Known[]
}

/**
 * The policy that reaches the target with what is there, for the fewest attempts. A fixed margin only where nothing
 * else does: it relies on the rates being as known, and `auto` finds out.
 */
function advised({ policies }: Facing): PolicyPrediction | undefined {
  const fixed = ({ policy }: PolicyPrediction): number => (policy.startsWith('margin') ? 1 : 0)
  return policies
    .filter(({ reaches, needsVerifier }) => reaches && needsVerifier.length === 0)
    .sort((x, y) => fixed(x) - fixed(y) || x.attempts - y.attempts)[0]
}

export function messageOf(facing: Facing): string {
  const { total, census, blank, target, policies, naive } = facing
  if (total === null) {
    const maps = census.unknownMaps.map(({ id }) => `"${id}"`)
    return `How many subtasks there are is not known: ${named(maps)} ${maps.length === 1 ? 'maps over a list' : 'map over lists'} that will only be there while the plan runs. Say how many items to expect (items, --items).`
  }
  if (total === 0) return 'There is nothing to do: every map of the plan is empty.'
  if (naive === null || policies.length === 0) {
    const names = named(blank.map(({ worker }) => worker))
    return `Nothing is known yet of how often ${names} ${blank.length === 1 ? 'is' : 'are'} right, so nobody can say how this will end. A pilot tells.`
  }
  const [first] = policies
  const start = `With one attempt each, all ${counted(total, 'subtask')} are right ${often(naive.expected)}.`
  const one = total === 1 ? start.replace('all 1 subtask', 'the 1 subtask') : start
  if (first?.reaches === true && first.policy === 'plan' && !sameAsOnce(facing)) {
    return `${one} As the plan says they are ${often(first.success.expected)}, at ${price(first)}: the target of ${percent(target)} is reached.`
  }
  const way = advised(facing)
  if (way === undefined) return `${one} Nothing that was tried reaches the target of ${percent(target)}.`
  if (way.policy === 'one-attempt' || sameAsOnce(facing, way))
    return `${one} That is enough for the target of ${percent(target)}.`
  return `${one} With ${policySettings[way.policy]} they are ${often(way.success.expected)}, at ${price(way)}.`
}

function sameAsOnce({ policies }: Facing, policy = policies[0]): boolean {
  const once = policies.find((other) => other.policy === 'one-attempt')
  return policy?.attempts === once?.attempts && policy?.success.expected === once?.success.expected
}

function price({ attemptsEach, attempts, cost }: PolicyPrediction): string {
  const paid = cost.usd > 0 && cost.complete ? `, about ${dollars(cost.usd)}` : ''
  return `${each(attemptsEach)} attempts a subtask (${count(attempts)} together${paid})`
}

export function limitsOf(facing: Facing): Prediction['limits'] {
  const { parts, target, policies, cheapest, budget, total } = facing
  const limits: Prediction['limits'] = []
  for (const { known, checked } of parts) {
    const { worker, rate, usualWrong = 0 } = known
    if (rate !== undefined && rate.expected <= 0.5 && !known.verified && !checked) {
      limits.push({
        code: 'below-half',
        message: `${worker} is right in ${percent(rate.expected)} of its attempts. Below one in two, voting makes it worse: it needs a verifier or a stronger worker.`,
      })
    }
    const of = parts.reduce((sum, part) => sum + (part.known === known ? part.subtasks : 0), 0)
    const ceiling = (1 - usualWrong) ** of
    if (usualWrong > 0) {
      const short = ceiling < target ? `, short of the target of ${percent(target)}` : ''
      limits.push({
        code: 'usual-wrong',
        message: `The votes of ${worker} agree more often than its answers are right: for about ${percent(usualWrong)} of its subtasks the usual answer is wrong. No vote can see that, so voting ends at ${percent(ceiling)}${short}. It takes a verifier, a stronger worker or an audit.`,
      })
    }
  }
  if (policies.length === 0 || total === null) return limits
  const way = advised(facing)
  if (way === undefined && cheapest?.reached !== true && limits.length === 0) {
    limits.push({
      code: 'not-reached',
      message: `No policy reaches ${percent(target)} with these workers. Give them a verifier, or a stronger worker to escalate to.`,
    })
  }
  // What the plan says is what would be spent; only where it falls short is another policy to be paid for.
  const plan = policies[0]
  const spender = plan?.reaches === true ? plan : way
  if (spender === undefined || budget === undefined) return limits
  const over = (code: 'attempts' | 'usd' | 'tokens', needed: number, most: number, text: string): void => {
    if (needed > most)
      limits.push({
        code,
        message: `${text}, so it will run out before it is done. Raise budget.${code} or lower the target.`,
      })
  }
  const { attempts, cost } = spender
  if (budget.attempts !== undefined)
    over(
      'attempts',
      attempts,
      budget.attempts,
      `The target takes about ${count(attempts)} attempts, and the budget is ${count(budget.attempts)}`,
    )
  if (budget.usd !== undefined)
    over(
      'usd',
      cost.usd,
      budget.usd,
      `The target takes about ${dollars(cost.usd)}, and the budget is ${dollars(budget.usd)}`,
    )
  if (budget.tokens !== undefined)
    over(
      'tokens',
      cost.tokens,
      budget.tokens,
      `The target takes about ${count(cost.tokens)} tokens, and the budget is ${count(budget.tokens)}`,
    )
  return limits
}

const fewAnswers = 1_000

export function unknownOf({ census, blank, parts, policies }: Facing): string[] {
  const list: string[] = []
  for (const { id } of census.unknownMaps) list.push(`How many items "${id}" will have.`)
  for (const worker of census.unsureRoutes)
    list.push(
      `Which subtasks of ${worker} start on a stronger rung: that follows from inputs that will only be there while the plan runs, or from a function of the worker. They are counted as its own.`,
    )
  if (blank.length > 0) {
    const [are, them] = blank.length === 1 ? ['is', 'it'] : ['are', 'them']
    const names = named(blank.map(({ worker }) => worker))
    list.push(
      `How often ${names} ${are} right: there is no record of ${them}. Give a record or rates, or run a pilot.`,
    )
  }
  const thin = parts.filter(
    ({ known }) => known.rate !== undefined && known.basis !== 'given' && known.evidence.answers < fewAnswers,
  )
  for (const { known } of unique(thin)) {
    const { low = 0, high = 1 } = known.rate ?? {}
    list.push(
      `How often ${known.worker} is right, exactly: ${counted(known.evidence.answers, 'answer')} of ${counted(known.evidence.subtasks, 'subtask')} say ${percent(low)} to ${percent(high)}. More of them would narrow it.`,
    )
  }
  if (policies.length > 0 && policies.some(({ cost }) => !cost.complete && cost.usd + cost.tokens > 0))
    list.push('What every worker costs: some do not say (cost), so the cost is more than is shown.')
  return list
}

function unique(parts: readonly Part[]): readonly Part[] {
  return [...new Map(parts.map((part) => [part.known.worker, part])).values()]
}

export function assumesOf({ parts, policies, total, target, plan }: Facing): string[] {
  if (policies.length === 0 || total === null) return []
  const list: string[] = []
  const alike = unique(parts)
    .filter(({ known }) => !known.mixSeen)
    .map(({ known }) => known.worker)
  if (alike.length > 0)
    list.push(
      `Every subtask of ${named(alike)} is equally hard. If some are much harder, fixed margins fall short and 'auto' asks more often; a pilot sees it.`,
    )
  const trusted = unique(parts)
    .filter(({ known, checked }) => (known.verified || checked) && known.acceptsWrong === undefined)
    .map(({ known }) => known.worker)
  if (trusted.length > 0) list.push(`What judges ${named(trusted)} never accepts a wrong answer.`)
  list.push('Votes are independent of each other; answers kept and given again would not be.')
  if (unique(parts).some(({ known }) => (known.usualWrong ?? 0) === 0 && !known.verified)) {
    const audits = cleanAuditsNeeded({ subtasks: total, target })
    list.push(
      `The usual answer of every subtask is right. Votes cannot tell; only audits can: ${counted(audits, 'clean one')} would show it for this plan.`,
    )
  }
  if (plan.subtasks.some(({ when }) => when !== undefined)) list.push('Every condition of the plan is met.')
  return list
}
