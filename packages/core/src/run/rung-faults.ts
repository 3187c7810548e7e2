import type { Fault } from '../errors.ts'
import { rungsFrom } from '../policy/ladder.ts'
import { type PolicyOptions, resolvePolicy } from '../policy/policy.ts'
import { didYouMean, quote } from '../suggest.ts'
import type { WorkerFacts } from './events.ts'
import type { RunOptions } from './options.ts'

/** What is wrong with where subtasks start, and with a ladder whose costs are asked for and not said. */
export function rungFaults(
  who: string,
  worker: WorkerFacts | undefined,
  layers: readonly (PolicyOptions | undefined)[],
  known: ReadonlyMap<string, WorkerFacts>,
): Fault[] {
  if (worker === undefined) return []
  const policy = resolvePolicy(worker.policy, ...layers)
  const faults: Fault[] = []
  const names = rungsFrom(worker.name, policy, (name) => {
    const rung = known.get(name)
    return rung && { name, policy: resolvePolicy(rung.policy, ...layers.slice(0, 1)) }
  }).map(({ name }) => name)
  for (const { to } of policy.route === 'record' ? [] : (policy.route ?? [])) {
    if (names.includes(to)) continue
    const ladder = names.map(quote).join(' → ')
    faults.push({
      code: 'route',
      where: worker.name,
      message: `${who} is routed to ${quote(to)}, which is no rung of its ladder (${ladder}).${didYouMean(to, names)} Have a rung escalate to it, or route to another.`,
    })
  }
  if (policy.route === 'record' && names.length === 1) {
    faults.push({
      code: 'route',
      where: worker.name,
      message: `${who} is routed by its record, but there is no ladder to start on. Say what it escalates to, or take the route away.`,
    })
  }
  const asks =
    policy.route === 'record'
      ? '"route: record"'
      : policy.vote?.margin === 'auto'
        ? '"margin: auto"'
        : undefined
  const escalate = [worker.policy, ...layers].findLast((layer) => layer?.escalate !== undefined)?.escalate
  if (
    asks !== undefined &&
    escalate !== undefined &&
    escalate.cost === undefined &&
    escalate.to !== worker.name
  ) {
    faults.push({
      code: 'ladder-cost',
      where: worker.name,
      message: `${who} escalates to ${quote(escalate.to)} without a cost, and ${asks} weighs one against the other. Say what an attempt of ${quote(escalate.to)} costs in attempts of ${quote(worker.name)}: "escalate.cost"${ratio(worker, known.get(escalate.to))}.`,
    })
  }
  return faults
}

/** What the two workers' own costs come to, where both say one. */
function ratio(worker: WorkerFacts, stronger: WorkerFacts | undefined): string {
  for (const unit of ['usd', 'tokens'] as const) {
    const [one = 0, other = 0] = [worker.cost?.[unit], stronger?.cost?.[unit]]
    if (one > 0 && other > 0) return `, ${Number((other / one).toPrecision(3))} by what they say they cost`
  }
  return ''
}

/** A worker of which the budget cannot buy a single attempt. */
export function priceFaults(worker: WorkerFacts, { budget }: RunOptions): Fault[] {
  const faults: Fault[] = []
  for (const unit of ['usd', 'tokens'] as const) {
    const limit = budget?.[unit]
    const cost = worker.cost?.[unit] ?? 0
    if (limit === undefined || cost <= limit) continue
    faults.push({
      code: 'budget',
      where: `budget.${unit}`,
      message: `An attempt of worker ${quote(worker.name)} may cost ${cost} ${unit}, and the budget is ${limit}, which does not cover one. Raise budget.${unit}.`,
    })
  }
  return faults
}
