import { natsPerVote } from '../reliability/mix.ts'
import type { RouteRule } from './route.ts'

/** What is known of a subtask before it starts. */
export interface Beforehand {
  readonly id: string
  /** The characters of its input as JSON; undefined where that is not known yet. */
  readonly chars: () => number | undefined
  /** How often its own worker is right, as the record says. */
  readonly rate: number | undefined
}

/** Where the first rule that holds says to start; undefined where none does. */
export function ruledRung(rules: readonly RouteRule[], known: Beforehand): string | undefined {
  return rules.find((rule) => holds(rule, known))?.to
}

function holds({ inputOverChars, inputUnderChars, id, rateUnder }: RouteRule, known: Beforehand): boolean {
  if (id !== undefined && !isLike(known.id, id)) return false
  if (rateUnder !== undefined && !(known.rate !== undefined && known.rate < rateUnder)) return false
  if (inputOverChars === undefined && inputUnderChars === undefined) return true
  const chars = known.chars()
  if (chars === undefined) return false
  return chars > (inputOverChars ?? -1) && chars < (inputUnderChars ?? Number.POSITIVE_INFINITY)
}

/** Whether a text is like a pattern in which `*` stands for any text. */
export function isLike(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return text === pattern
  if (!text.startsWith(first)) return false
  const last = rest.pop() as string
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return text.length - at >= last.length && text.endsWith(last)
}

/**
 * The rung that tells most for its cost. Where answers are voted on that is information: nats a vote; where one is
 * enough, how often it is right. Undefined where nothing is known of one of them: the first then stays.
 */
export function bestRung(
  rungs: readonly { readonly name: string; readonly cost: number; readonly rate: number | undefined }[],
  voted: boolean,
): string | undefined {
  let found: string | undefined
  let most = 0
  for (const { name, cost, rate } of rungs) {
    if (rate === undefined) return undefined
    const inside = Math.min(1 - 1e-6, Math.max(1e-6, rate))
    const worth = (voted ? (inside > 0.5 ? natsPerVote(inside) : 0) : inside) / cost
    if (worth <= most) continue
    most = worth
    found = name
  }
  return found
}
