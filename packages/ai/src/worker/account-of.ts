import type { AttemptContext } from 'kilostep'
import type { Account } from '../model/account.ts'

/** An attempt as an account: its calls cost the attempt, and end with it. */
export function accountOf(context: AttemptContext, part = ''): Account {
  const { run, subtask, attempt } = context
  return {
    attempt: { run, subtask, attempt },
    signal: context.signal,
    spend: (cost) => context.spend(cost),
    lane: context.lane,
    label: `${subtask}#${attempt}${part}`,
  }
}
