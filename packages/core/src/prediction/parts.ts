import type { Plan } from '../plan/plan.ts'
import type { Policy } from '../policy/policy.ts'
import type { WorkerFacts } from '../run/events.ts'
import { type Census, takeCensus } from './census.ts'
import { type Known, knownOf } from './known.ts'
import type { Part } from './policies.ts'
import type { PredictOptions } from './prediction.ts'

/** The subtasks of a plan by worker and policy, each with what is known of its worker. */
export interface KnownParts {
  readonly census: Census
  /** Workers that have subtasks. */
  readonly names: readonly string[]
  readonly know: (worker: string) => Known
  readonly parts: readonly Part[]
}

export function knownParts(
  plan: Plan,
  workers: readonly WorkerFacts[],
  { record = {}, rates = {}, ...rest }: Pick<PredictOptions, 'record' | 'rates' | 'items' | 'policy'>,
): KnownParts {
  const facts = new Map(workers.map((worker) => [worker.name, worker]))
  const census = takeCensus(plan, facts, { ...rest, record })
  const names = [...new Set(census.groups.map(({ worker }) => worker))]
  const known = new Map<string, Known>()
  const know = (name: string): Known => {
    const one = known.get(name) ?? knownOf(name, facts.get(name), record[name], rates[name])
    known.set(name, one)
    return one
  }
  const judged = acceptsWrongOf(census.judges.map(know))
  const parts = census.groups
    .filter(({ subtasks }) => subtasks > 0)
    .map(({ worker, policy, subtasks, checked }): Part => {
      const own = know(worker)
      const to = policy.escalate?.to
      const under = checked === subtasks
      return {
        // What a check's record says of it holds for all that it covers.
        known: under && !own.verified ? { ...own, acceptsWrong: judged } : verifiedBy(own, policy, know),
        policy,
        subtasks,
        checked: under,
        stronger: to === undefined ? undefined : know(to),
      }
    })
  return { census, names, know, parts }
}

/** A worker whose policy names who verifies it is verified, as well as that one judges. */
function verifiedBy(own: Known, { verify }: Policy, know: (worker: string) => Known): Known {
  if (verify === null) return own
  const { by, rates } = verify
  const acceptsWrong =
    rates?.acceptsWrong ?? (by === null ? own.acceptsWrong : know(by).acceptsWrong) ?? own.acceptsWrong
  return { ...own, verified: own.verified || by !== null, acceptsWrong }
}

/** The worst of what is known of the checks; undefined where nothing is. */
function acceptsWrongOf(judges: readonly Known[]): number | undefined {
  const said = judges.flatMap(({ acceptsWrong }) => (acceptsWrong === undefined ? [] : [acceptsWrong]))
  return said.length === 0 ? undefined : Math.max(...said)
}
