/** The name in `names` nearest to `wrong`, if it is near enough to be what was meant (edit distance ≤ a third). */
function nearest(wrong: string, names: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(Math.min(wrong.length, 60) / 3))
  let best: string | undefined
  let bestDistance = limit + 1
  let looked = 0
  for (const name of names) {
    // A plan may hold a million ids: a hint is not worth more than a moment.
    if (++looked > 10_000) break
    if (Math.abs(name.length - wrong.length) >= bestDistance) continue
    const distance = editDistance(wrong.toLowerCase(), name.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      bestDistance = distance
      best = name
    }
  }
  return best
}

/** ` Did you mean "page"?`, or nothing where no name is near. */
export function didYouMean(wrong: string, names: Iterable<string>): string {
  const name = nearest(wrong, names)
  return name === undefined ? '' : ` Did you mean ${quote(name)}?`
}

/** A name as a message shows it: quoted, control characters escaped, cut at 80 characters. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}…` : name)
}

function editDistance(a: string, b: string, limit: number): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let rowBest = i
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const value = Math.min(substitute, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      row.push(value)
      rowBest = Math.min(rowBest, value)
    }
    if (rowBest >= limit) return limit
    previous = row
  }
  return previous[b.length] ?? limit
}
