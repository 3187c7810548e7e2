import type { Fault } from '../errors.ts'
import type { Plan } from '../plan/plan.ts'
import { type PolicyOptions, resolvePolicy } from '../policy/policy.ts'
import { didYouMean, quote } from '../suggest.ts'
import type { Spend, WorkerFacts } from './events.ts'
import type { RunOptions } from './options.ts'
import { priceFaults, rungFaults } from './rung-faults.ts'

/** What can be known before the run to go wrong: policies that cannot be followed, and a budget that cannot do. */
export function startFaults(
  plan: Plan,
  workers: readonly WorkerFacts[],
  options: RunOptions,
): readonly Fault[] {
  const faults: Fault[] = []
  const known = new Map(workers.map((worker) => [worker.name, worker]))
  const used = new Set<string>()
  const looked = new Set<string>()
  for (const spec of [...plan.subtasks, ...(plan.checks ?? [])]) {
    used.add(spec.worker)
    if (spec.policy === undefined) continue
    const who = `Subtask ${quote(spec.id)}`
    policyFaults(who, known.get(spec.worker), [options.policy, spec.policy], known, faults)
    faults.push(...rungFaults(who, known.get(spec.worker), [options.policy, spec.policy], known))
  }
  for (const name of used) {
    if (looked.has(name)) continue
    looked.add(name)
    const worker = known.get(name)
    if (worker === undefined) continue
    policyFaults(`Worker ${quote(name)}`, worker, [options.policy], known, faults)
    faults.push(...rungFaults(`Worker ${quote(name)}`, worker, [options.policy], known))
    faults.push(...priceFaults(worker, options))
    ladderFaults(name, known, options.policy, faults)
  }
  const least = plan.subtasks.filter(
    (subtask) => subtask.map === undefined && subtask.when === undefined,
  ).length
  const planner = options.replan?.worker
  if (planner !== undefined && !known.has(planner)) {
    faults.push({
      code: 'unknown-worker',
      where: 'replan.worker',
      message: `"replan" asks worker ${quote(planner)}, which is not known.${didYouMean(planner, known.keys())} Give it to createEngine.`,
    })
  }
  const budget = options.budget?.attempts
  if (budget !== undefined && budget < least) {
    faults.push({
      code: 'budget',
      where: 'budget.attempts',
      message: `The plan has ${least} subtasks and the budget ${budget} attempts, which is not one each. Raise budget.attempts to ${least} or more.`,
    })
  }
  for (const name of used) {
    const { unbounded = [] } = known.get(name) ?? {}
    for (const unit of unbounded) {
      if (options.budget?.[unit] === undefined) continue
      faults.push({ code: 'budget', where: `budget.${unit}`, message: unboundedMessage(name, unit) })
    }
  }
  return faults
}

/** Why a worker cannot be used under a budget. */
export function unboundedMessage(worker: string, unit: keyof Spend): string {
  return `Nobody can say how many ${unit} an attempt of ${quote(worker)} costs at most, so it cannot be held to budget.${unit}. Give its model a price, its worker a cost, or the run another budget.`
}

function policyFaults(
  who: string,
  worker: WorkerFacts | undefined,
  layers: readonly (PolicyOptions | undefined)[],
  known: ReadonlyMap<string, WorkerFacts>,
  faults: Fault[],
): void {
  const policy = resolvePolicy(worker?.policy, ...layers)
  if (policy.hedge !== null && worker?.effects === 'once') {
    faults.push({
      code: 'hedge-once',
      where: worker.name,
      message: `${who} is hedged, but ${quote(worker.name)} has effects "once" and must not be repeated. Take the hedge away, or say "idempotent" if a repetition does no harm.`,
    })
  }
  if (policy.vote !== null && worker?.effects === 'once') {
    faults.push({
      code: 'vote-once',
      where: worker.name,
      message: `${who} is voted on, but ${quote(worker.name)} has effects "once" and must not be repeated. Take the vote away, or say "idempotent" if a repetition does no harm.`,
    })
  }
  if (
    policy.escalate?.below != null &&
    worker !== undefined &&
    worker.confident !== true &&
    policy.escalate.to !== worker.name
  ) {
    faults.push({
      code: 'no-confidence',
      where: worker.name,
      message: `${who} escalates below a confidence of ${policy.escalate.below}, but ${quote(worker.name)} does not say how sure it is. Give it a "confidence" function, or take "below" away.`,
    })
  }
  for (const [what, by] of [
    ['is verified by', policy.verify?.by],
    ['is audited by', policy.audit?.by],
  ] as const) {
    if (by == null) continue
    if (!known.has(by)) {
      faults.push({
        code: 'unknown-worker',
        where: worker?.name ?? '',
        message: `${who} ${what} worker ${quote(by)}, which is not known.${didYouMean(by, known.keys())} Give it to createEngine, or to definePlan as a further worker.`,
      })
    } else if (
      by === worker?.name &&
      layers.every((layer) => layer?.verify?.by !== by && layer?.audit?.by !== by)
    ) {
      faults.push({
        code: 'own-judge',
        where: by,
        message: `${who} ${what} itself, which would tell nothing. Name another worker.`,
      })
    }
  }
  if (policy.verify != null && policy.verify.by === null && worker !== undefined && !worker.verified) {
    faults.push({
      code: 'no-verifier',
      where: worker.name,
      message: `${who} has a policy for its verifier, but ${quote(worker.name)} has no "verify". Give it one, or name a worker that judges with "by".`,
    })
  }
  if (policy.escalate !== null && !known.has(policy.escalate.to)) {
    const to = policy.escalate.to
    faults.push({
      code: 'unknown-worker',
      where: worker?.name ?? '',
      message: `${who} escalates to worker ${quote(to)}, which is not known.${didYouMean(to, known.keys())} Give it to createEngine, or to definePlan as a further worker.`,
    })
  }
}

/** A ladder that leads back to where it came from would never end. */
function ladderFaults(
  name: string,
  known: ReadonlyMap<string, WorkerFacts>,
  layer: PolicyOptions | undefined,
  faults: Fault[],
): void {
  const rungs = [name]
  for (let at = known.get(name); at !== undefined; ) {
    const to = resolvePolicy(at.policy, layer).escalate?.to
    // A policy for the whole run is laid over the strongest worker too, and leads it nowhere.
    if (to === undefined || to === at.name) return
    if (rungs.includes(to)) {
      const road = [...rungs, to].map(quote).join(' → ')
      faults.push({
        code: 'ladder',
        where: name,
        message: `The ladder of worker ${quote(name)} comes back to where it was: ${road}.`,
      })
      return
    }
    rungs.push(to)
    at = known.get(to)
  }
}
