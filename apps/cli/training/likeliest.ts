import { checkDigits } from '../src/demo/ledger/check.ts'

/**
 * The likeliest row that passes its check, given a probability of each digit at each place, taking the
 * places as independent. Exact: the best way to each remainder mod 97 is kept place by place (Viterbi), and
 * the last two digits follow from the remainder of the first eight.
 *
 * @param places ten rows of ten probabilities.
 * @returns the row, and its probability among all rows that pass.
 */
export const likeliestRow = (
  places: readonly (readonly number[])[],
): { readonly digits: readonly number[]; readonly share: number } => {
  let states = new Map<number, { best: number; sum: number; digits: readonly number[] }>()
  states.set(0, { best: 1, sum: 1, digits: [] })
  for (const place of places.slice(0, -2)) {
    const next: typeof states = new Map()
    for (const [rest, state] of states) {
      place.forEach((probability, digit) => {
        const to = (rest * 10 + digit) % 97
        const p = Math.max(probability, 1e-9)
        const found = next.get(to)
        if (found === undefined)
          next.set(to, { best: state.best * p, sum: state.sum * p, digits: [...state.digits, digit] })
        else {
          found.sum += state.sum * p
          if (state.best * p > found.best) {
            found.best = state.best * p
            found.digits = [...state.digits, digit]
          }
        }
      })
    }
    states = next
  }
  let total = 0
  let best = 0
  let digits: readonly number[] = []
  for (const state of states.values()) {
    const [tens, ones] = checkDigits(state.digits)
    const p = Math.max(places.at(-2)?.[tens] ?? 0, 1e-9) * Math.max(places.at(-1)?.[ones] ?? 0, 1e-9)
    total += state.sum * p
    if (state.best * p > best) {
      best = state.best * p
      digits = [...state.digits, tens, ones]
    }
  }
  return { digits, share: best / total }
}
