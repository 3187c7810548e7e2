import { passesCheck } from '../src/demo/ledger/check.ts'
import type { Reading } from '../src/demo/ledger/reader.ts'
import { likeliestRow } from './likeliest.ts'

/** Reads the image at one of the ten places of a row once more, under the next perturbation. */
export type ReadPlace = (place: number) => Reading

/** What a strategy makes of a row; `undefined` digits: it gave the row up and says so. */
export type Outcome = { readonly digits: readonly number[] | undefined }

const PLACES = Array.from({ length: 10 }, (_, place) => place)

/** One read a digit, no check. */
export const readOnce = (read: ReadPlace): Outcome => ({ digits: PLACES.map((place) => read(place).digit) })

/** Each digit is read until one answer leads by the margin (at most 100 reads), no check. */
export const vote =
  (margin: number) =>
  (read: ReadPlace): Outcome => ({
    digits: PLACES.map((place) => {
      const votes = new Array<number>(10).fill(0)
      for (let reads = 0; reads < 100; reads++) {
        const { digit } = read(place)
        votes[digit] = (votes[digit] as number) + 1
        const others = Math.max(...votes.filter((_, other) => other !== digit))
        if ((votes[digit] as number) - others >= margin) return digit
      }
      return votes.indexOf(Math.max(...votes))
    }),
  })

/** All ten digits are read again until the row passes, in at most so many rounds. */
export const rereadRow =
  (rounds: number) =>
  (read: ReadPlace): Outcome => {
    for (let round = 0; round < rounds; round++) {
      const { digits } = readOnce(read)
      if (digits !== undefined && passesCheck(digits)) return { digits }
    }
    return { digits: undefined }
  }

/** Probabilities of the ten digits at each place, averaged over the reads so far. */
const createMeans = (read: ReadPlace) => {
  const sums = PLACES.map(() => new Array<number>(10).fill(0))
  const counts = PLACES.map(() => 0)
  const again = (place: number) => {
    const { probabilities } = read(place)
    const sum = sums[place] as number[]
    probabilities.forEach((probability, digit) => {
      sum[digit] = (sum[digit] as number) + probability
    })
    counts[place] = (counts[place] as number) + 1
  }
  PLACES.forEach(again)
  const means = () => sums.map((sum, place) => sum.map((value) => value / (counts[place] as number)))
  return { again, means }
}

const leader = (mean: readonly number[]) => mean.indexOf(Math.max(...mean))

/** The two most doubtful digits of a rejected row are read again, in at most so many rounds. */
export const rereadSuspects =
  (rounds: number) =>
  (read: ReadPlace): Outcome => {
    const { again, means } = createMeans(read)
    for (let round = 1; ; round++) {
      const now = means()
      const digits = now.map(leader)
      if (passesCheck(digits)) return { digits }
      if (round >= rounds) return { digits: undefined }
      const doubt = now.map((mean) => Math.max(...mean))
      const suspects = PLACES.toSorted((a, b) => (doubt[a] as number) - (doubt[b] as number)).slice(0, 2)
      suspects.forEach(again)
    }
  }

/**
 * A row whose first reads are rejected is read so many times more, then the likeliest row that passes is
 * taken, unless its share among all that pass is too small.
 */
export const takeLikeliest =
  (more: number, leastShare: number) =>
  (read: ReadPlace): Outcome => {
    const { again, means } = createMeans(read)
    const first = means().map(leader)
    if (passesCheck(first)) return { digits: first }
    for (let i = 0; i < more; i++) PLACES.forEach(again)
    const { digits, share } = likeliestRow(means())
    return { digits: share >= leastShare ? digits : undefined }
  }

/**
 * Three cheap reads a digit; the strong reader where they dissent or are not confident on average, and for the
 * whole row where the check still rejects it; then the likeliest row that passes, as in {@link takeLikeliest}.
 */
export const askStrong =
  (leastConfidence: number, leastShare: number) =>
  (read: ReadPlace, readStrong: ReadPlace): Outcome => {
    const asked = new Set<number>()
    const places = PLACES.map((place) => {
      const readings = [read(place), read(place), read(place)]
      const mean = Array.from(
        { length: 10 },
        (_, digit) =>
          readings.reduce((sum, { probabilities }) => sum + (probabilities[digit] as number), 0) / 3,
      )
      const agree = new Set(readings.map(({ digit }) => digit)).size === 1
      if (agree && Math.max(...mean) >= leastConfidence) return mean
      asked.add(place)
      return readStrong(place).probabilities
    })
    const digits = places.map(leader)
    if (passesCheck(digits)) return { digits }
    const all = places.map((place, i) => (asked.has(i) ? place : readStrong(i).probabilities))
    const likeliest = likeliestRow(all)
    return { digits: likeliest.share >= leastShare ? likeliest.digits : undefined }
  }
