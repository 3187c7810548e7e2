// Written by hand, because a report is the same to the byte on every machine and Intl is not.

/** `1,234,567`. */
export function count(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** `3 subtasks`, `1 subtask`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** `97.8 %`; never rounded to certainty or to impossibility. */
export function percent(probability: number): string {
  return `${percentDigits(probability)} %`
}

/** `76.1–87.0 %`, or one figure where both are the same. */
export function percentRange(low: number, high: number): string {
  const [from, to] = [percentDigits(low), percentDigits(high)]
  return from === to ? `${from} %` : `${from}–${to} %`
}

function percentDigits(probability: number): string {
  if (probability === 0 || probability === 1) return String(probability * 100)
  if (probability < 0.0005) return '<0.1'
  if (probability >= 0.9995) return '>99.9'
  return (probability * 100).toFixed(1)
}

/** `12 ms`, `3.4 s`, `2 min 5 s`, `3 h 20 min`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(ms / 60_000)
  return `${count(Math.floor(minutes / 60))} h ${minutes % 60} min`
}

/** `$0.12`; four digits after the point where the amount is small. */
export function dollars(usd: number): string {
  if (usd === 0) return '$0'
  if (usd < 0.0001) return '<$0.0001'
  const [whole = '', cents = ''] = usd.toFixed(usd < 1 ? 4 : 2).split('.')
  return `$${count(Number(whole))}.${cents}`
}
