import type { Policy } from './policy.ts'

/** What is to be known of a worker to climb from it. */
type Rung = { readonly name: string; readonly policy: Policy } | undefined

/**
 * The rungs of a ladder from a worker's own up, with what an attempt of each costs in attempts of the first. Ends where
 * it would come back to a rung, or leads to a worker that is not known.
 */
export function rungsFrom(
  name: string,
  policy: Policy,
  find: (name: string) => Rung,
): readonly { readonly name: string; readonly cost: number; readonly rate: number | undefined }[] {
  const rungs: { name: string; cost: number; rate: number | undefined }[] = [
    { name, cost: 1, rate: undefined },
  ]
  let cost = 1
  for (let escalate = policy.escalate; escalate !== null; ) {
    const to: string = escalate.to
    const next = rungs.some((rung) => rung.name === to) ? undefined : find(to)
    if (next === undefined) break
    cost *= escalate.cost
    rungs.push({ name: to, cost, rate: escalate.rate })
    escalate = next.policy.escalate
  }
  return rungs
}

/** How often a worker's first answers are right, as its record says: against a truth, or else as votes agree. */
export function recordedRate(
  record:
    | {
        readonly right?: number | undefined
        readonly of?: number | undefined
        readonly votes?: readonly { leader: number; runnerUp: number; subtasks: number }[] | undefined
      }
    | undefined,
): number | undefined {
  if (record === undefined) return undefined
  if (record.right !== undefined && record.of !== undefined) return record.right / record.of
  let leading = 0
  let all = 0
  for (const { leader, runnerUp, subtasks } of record.votes ?? []) {
    leading += leader * subtasks
    all += (leader + runnerUp) * subtasks
  }
  return all === 0 ? undefined : leading / all
}
