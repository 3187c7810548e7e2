import { checkProbability, checkWhole } from './check.ts'
import { logCompoundSuccess } from './compound.ts'

/** A subtask or a kind of subtask, by name. */
export interface Link {
  readonly name: string
  /** Probability that one subtask of it is right, 0 to 1. */
  readonly rate: number
  /** How many subtasks it stands for, whole, 1 or more. Default 1. */
  readonly subtasks?: number
}

/** How much a link holds the plan back. */
export interface WeakLink {
  readonly name: string
  /** What the compound success would rise by if all subtasks of the link were perfect, 0 to 1. */
  readonly gain: number
  /** Its share of all that is lost, ln rate^count / ln of the compound success; 0 to 1, summing to 1. */
  readonly share: number
}

/**
 * The links of a plan from weakest to strongest: gain T/p − T and share ln p / ln T, where T is the compound
 * success of all links. By kind of worker as well as by subtask, whichever the links are. Equal links keep
 * their order. Throws RangeError for a rate outside 0 to 1 or a count below 1.
 */
export function weakestLinks(links: readonly Link[]): readonly WeakLink[] {
  const losses = links.map(({ rate, subtasks = 1 }) => {
    checkProbability('rate', rate)
    checkWhole('subtasks', subtasks, 1)
    return 0 - subtasks * Math.log(rate) // 0 − 0 is 0, not −0
  })
  const dead = losses.filter((loss) => loss === Infinity).length
  const logTotal = logCompoundSuccess(links)
  return links
    .map(({ name }, i) => {
      const loss = losses[i] ?? 0
      if (dead > 0) {
        // T is 0: only a link that alone makes it so can be blamed for it, and only fixing that one helps.
        const others = losses.reduce((sum, other, j) => (j === i ? sum : sum + other), 0)
        return loss === Infinity
          ? { name, gain: Math.exp(-others), share: 1 / dead }
          : { name, gain: 0, share: 0 }
      }
      const gain = Math.exp(logTotal) * Math.expm1(loss)
      return { name, gain, share: logTotal === 0 ? 0 : -loss / logTotal }
    })
    .sort((a, b) => b.share - a.share)
}
