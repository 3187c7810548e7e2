import type { GateReport } from '@kilostep/core'
import type { RunReport } from 'kilostep'

/** Which plan the trials ran, so that runs of different plans are never compared without a word. */
export interface PlanIdentity {
  add(plan: RunReport['plan']): void
  /** Null where no trial ran one. A digest of `various` where each trial had a plan of its own. */
  plan(): GateReport['plan']
}

export function createPlanIdentity(): PlanIdentity {
  let seen: GateReport['plan'] = null
  return {
    add({ name, digest }) {
      seen ??= { name, digest }
      if (seen.name !== name) seen = { name: 'various', digest: 'various' }
      else if (seen.digest !== digest) seen = { name, digest: 'various' }
    },
    plan: () => seen,
  }
}
