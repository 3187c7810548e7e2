/** A value that JSON can hold: all that a plan, an answer or an event consists of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** How deep arrays and objects may be nested in a plan's input or an answer. */
export const maxJsonDepth = 200

export type Settled = { readonly bytes: number } | { readonly problem: string }

/**
 * Walks a value once: says about how many bytes it takes as JSON or why it is not JSON, and freezes what it
 * passes, because an answer that was accepted must never change, whoever still holds it.
 *
 * @param limitBytes stop as soon as the value is larger than this.
 */
export function settleJson(value: unknown, limitBytes: number): Settled {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? { bytes: 8 } : { problem: `is ${value}, which JSON cannot hold` }
    case 'boolean':
      return { bytes: 5 }
    case 'string':
      return value.length + 2 > limitBytes ? tooLarge(limitBytes) : { bytes: value.length + 2 }
  }
  if (value === null) return { bytes: 4 }
  const walk: Walk = { bytes: 0, limitBytes, freeze: true, problem: undefined }
  try {
    walkJson(value, '', 0, walk)
  } catch (error) {
    return { problem: unreadable(error) }
  }
  if (walk.problem !== undefined) return { problem: walk.problem }
  return walk.bytes > limitBytes ? tooLarge(limitBytes) : { bytes: walk.bytes }
}

/** Why a value is not JSON, e.g. `holds a bigint at price, which JSON cannot hold`; undefined where it is. Changes nothing. */
export function jsonProblem(value: unknown): string | undefined {
  const walk: Walk = {
    bytes: 0,
    limitBytes: Number.POSITIVE_INFINITY,
    freeze: false,
    problem: undefined,
  }
  try {
    walkJson(value, '', 0, walk)
  } catch (error) {
    return unreadable(error)
  }
  return walk.problem
}

/** Anything can be thrown by a getter, also what throws when it is read. Part of a sentence, so without its full stop. */
export function unreadable(error: unknown): string {
  try {
    const why = error instanceof Error ? error.message : String(error)
    return `cannot be read: ${why.replace(/\.$/, '')}`
  } catch {
    return 'cannot be read'
  }
}

interface Walk {
  bytes: number
  readonly limitBytes: number
  readonly freeze: boolean
  problem: string | undefined
}

function tooLarge(limitBytes: number): { problem: string } {
  return { problem: `is larger than the limit of ${limitBytes} bytes` }
}

function walkJson(value: unknown, path: string, depth: number, walk: Walk): void {
  if (value === null || typeof value !== 'object') {
    walk.bytes += typeof value === 'string' ? value.length + 2 : 8
    if (walk.bytes > walk.limitBytes) walk.problem = tooLarge(walk.limitBytes).problem
    else if (typeof value === 'number' && !Number.isFinite(value)) {
      walk.problem = `${holds(path, String(value))}, which JSON cannot hold`
    } else if (value !== null && !['string', 'number', 'boolean'].includes(typeof value)) {
      const what = value === undefined ? 'undefined' : `a ${typeof value}`
      walk.problem = `${holds(path, what)}, which JSON cannot hold`
    }
    return
  }
  if (depth > maxJsonDepth) {
    walk.problem = `is nested deeper than ${maxJsonDepth} levels, or refers to itself`
    return
  }
  if (Array.isArray(value)) {
    if (walk.freeze) Object.freeze(value)
    for (let i = 0; i < value.length && walk.problem === undefined; i++) {
      walk.bytes += 1
      if (isGetter(value, i)) walk.problem = noGetter(`${path}[${i}]`)
      else walkJson(value[i], `${path}[${i}]`, depth + 1, walk)
    }
    return
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    const name = (prototype as { constructor?: { name?: string } }).constructor?.name ?? 'class'
    const hint = name === 'Date' ? '; return its toISOString()' : '; return plain data'
    walk.problem = `${holds(path, `an instance of ${name}`)}, which JSON cannot hold${hint}`
    return
  }
  const keys = Object.keys(value)
  if (walk.freeze) Object.freeze(value)
  for (const key of keys) {
    if (walk.problem !== undefined) return
    const where = path === '' ? key : `${path}.${key}`
    if (isGetter(value, key)) {
      walk.problem = noGetter(where)
      return
    }
    const item = (value as Record<string, unknown>)[key]
    walk.bytes += key.length + 4
    if (item === undefined) continue
    walkJson(item, where, depth + 1, walk)
  }
}

/** A getter would run the caller's code whenever the value is read, and could say something else each time. */
function isGetter(value: object, key: string | number): boolean {
  return Object.getOwnPropertyDescriptor(value, key)?.get !== undefined
}

function noGetter(path: string): string {
  return `${holds(path, 'a getter')}, which JSON cannot hold; return plain data`
}

function holds(path: string, what: string): string {
  return path === '' ? `is ${what}` : `holds ${what} at ${path.slice(0, 80)}`
}

/** The same text for the same data, whatever the order of its keys: the default key of an answer. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}
