import { percent } from '../report/numbers.ts'
import type { PolicyPrediction } from './prediction.ts'

/** A policy as a person would say it, in a row of a table. */
export const policyNames: Readonly<Record<PolicyPrediction['policy'], string>> = {
  plan: 'as the plan says',
  'one-attempt': 'one attempt each',
  verify: 'check, ask again',
  'margin-2': 'vote, 2 ahead',
  'margin-3': 'vote, 3 ahead',
  'margin-5': 'vote, 5 ahead',
  auto: 'vote, auto',
  ladder: 'vote, then stronger',
}

/** What to write into a worker's policy. */
export const policySettings: Readonly<Record<PolicyPrediction['policy'], string>> = {
  plan: 'the plan as it is',
  'one-attempt': 'one attempt each',
  verify: 'a verifier that never errs (verify)',
  'margin-2': 'vote: { margin: 2 }',
  'margin-3': 'vote: { margin: 3 }',
  'margin-5': 'vote: { margin: 5 }',
  auto: "vote: { margin: 'auto' }",
  ladder: "vote: { margin: 'auto' } and escalate",
}

/** `in 98.7 % of runs`; a chance too small for a percentage as `2 times in 10,000,000,000`. */
export function often(probability: number): string {
  if (probability >= 0.0005) return `in ${percent(probability)} of runs`
  if (probability < 1e-15) return 'practically never'
  const zeros = Math.ceil(-Math.log10(probability) - 1e-9)
  const times = Math.round(probability * 10 ** zeros)
  const power = times === 10 ? zeros - 1 : zeros
  const all = `1${'0'.repeat(power)}`.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return `${times === 10 ? 1 : times} ${times === 1 || times === 10 ? 'time' : 'times'} in ${all}`
}

/** `3.14`, for attempts of one subtask. */
export function each(attempts: number): string {
  return attempts < 100 ? attempts.toFixed(2) : String(Math.round(attempts))
}

/** Names for a sentence: `a`, `a and b`, `a, b, c and 4 more`. */
export function named(names: readonly string[]): string {
  const shown = names.length <= 4 ? [...names] : [...names.slice(0, 3), `${names.length - 3} more`]
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}
