import { jsonProblem, maxJsonDepth } from '../json.ts'
import { quote } from '../suggest.ts'

/**
 * A subtask's input is a template: data in which some places stand for a value that is not there yet.
 *
 * - `{ "$from": "read" }` is the answer of subtask `read`; `"path": ["title"]` takes a part of it; `"else": v`
 *   stands in where that subtask was skipped or failed.
 * - `{ "$item": ["name"] }` is a part of the current item of a map; `[]` is the whole item.
 * - `{ "$literal": v }` is `v` itself, whatever keys it has.
 */
export interface Reference {
  readonly from: string
  /** Whether an `else` stands in where there is no answer. */
  readonly soft: boolean
}

export type Path = readonly (string | number)[]

/** What a template is resolved with. */
export interface Scope {
  /** The answer of a subtask, or `missing`. */
  answer(from: string): unknown
  /** The current item of a map, or `missing`. */
  readonly item: unknown
  /** Told of every reference without an `else` that leads nowhere; null stands in its place. */
  missed(where: string): void
}

/** Stands for "no answer", which is not the same as the answer null. */
export const missing: unique symbol = Symbol('missing')

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** Looks a template through once: every reference in it, and everything that is wrong with it. */
export function readTemplate(template: unknown): {
  readonly references: readonly Reference[]
  readonly item: boolean
  readonly problems: readonly string[]
} {
  if (template === null || typeof template !== 'object')
    return { references: [], item: false, problems: plain(template) }
  const reading: Reading = { references: [], item: false, problems: [], trail: [] }
  read(template, reading)
  return reading
}

const nothing: readonly string[] = []

function plain(value: unknown): readonly string[] {
  const problem = plainProblem(value)
  return problem === undefined ? nothing : [`is ${problem}`]
}

function plainProblem(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value}, which JSON cannot hold`
  if (value !== null && !['string', 'number', 'boolean', 'object'].includes(typeof value)) {
    return `a ${typeof value}, which JSON cannot hold`
  }
  return undefined
}

interface Reading {
  references: Reference[]
  item: boolean
  problems: string[]
  /** The way to where the reader is: made a text only where there is a problem to tell. */
  readonly trail: (string | number)[]
}

function read(value: unknown, reading: Reading): void {
  if (value === null || typeof value !== 'object') {
    const problem = plainProblem(value)
    if (problem !== undefined) reading.problems.push(`${where(reading)} is ${problem}`)
    return
  }
  const { trail } = reading
  if (trail.length > maxJsonDepth) {
    reading.problems.push(`it is nested deeper than ${maxJsonDepth} levels, or refers to itself`)
    return
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) step(i, value[i], reading)
    return
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    reading.problems.push(`${where(reading)} is an instance of a class; give plain data`)
    return
  }
  const keys = Object.keys(value)
  if ('$literal' in value) readLiteral(value as Record<string, unknown>, keys, reading)
  else if ('$from' in value) readFrom(value as Record<string, unknown>, keys, reading)
  else if ('$item' in value) {
    only(keys, ['$item'], reading)
    checkPath((value as Record<string, unknown>)['$item'], reading)
    reading.item = true
  } else for (const key of keys) readKey(key, (value as Record<string, unknown>)[key], reading)
}

function step(key: string | number, value: unknown, reading: Reading): void {
  reading.trail.push(key)
  read(value, reading)
  reading.trail.pop()
}

function readLiteral(value: Record<string, unknown>, keys: readonly string[], reading: Reading): void {
  only(keys, ['$literal'], reading)
  const problem = value['$literal'] === undefined ? undefined : jsonProblem(value['$literal'])
  if (problem !== undefined) reading.problems.push(`${where(reading)} has a "$literal" that ${problem}`)
}

function readFrom(value: Record<string, unknown>, keys: readonly string[], reading: Reading): void {
  const { $from, path, else: otherwise } = value
  only(keys, ['$from', 'path', 'else'], reading)
  if (typeof $from !== 'string' || $from === '') {
    reading.problems.push(`${where(reading)} has a "$from" that is not a subtask's id`)
  } else reading.references.push({ from: $from, soft: keys.includes('else') })
  if (path !== undefined) checkPath(path, reading)
  if (otherwise !== undefined) step('else', otherwise, reading)
}

function readKey(key: string, value: unknown, reading: Reading): void {
  if (key.startsWith('$')) {
    reading.problems.push(
      `${where(reading)} has the key ${quote(key)}, and keys with "$" are Kilostep's; wrap the data: { "$literal": … }`,
    )
  } else if (key === '__proto__') reading.problems.push(`${where(reading)} has the key "__proto__"`)
  else step(key, value, reading)
}

function where({ trail }: Reading): string {
  if (trail.length === 0) return 'its top'
  const text = trail.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return quote(text.replace(/^\./, ''))
}

function only(keys: readonly string[], allowed: readonly string[], reading: Reading): void {
  for (const key of keys) {
    if (!allowed.includes(key)) {
      reading.problems.push(`${where(reading)} has the key ${quote(key)} beside ${quote(allowed[0] ?? '')}`)
    }
  }
}

function checkPath(part: unknown, reading: Reading): void {
  const fine =
    Array.isArray(part) &&
    part.length <= maxJsonDepth &&
    part.every(
      (key) =>
        (typeof key === 'string' && !forbiddenKeys.has(key)) ||
        (Number.isSafeInteger(key) && (key as number) >= 0),
    )
  if (!fine) {
    reading.problems.push(
      `${where(reading)} has a path that is not a list of keys and indices, like ["pages", 0]`,
    )
  }
}

/** Fills in every reference of a template that {@link readTemplate} found no fault with. */
export function resolveTemplate(template: unknown, scope: Scope): unknown {
  if (template === null || typeof template !== 'object') return template
  if (Array.isArray(template)) {
    const list = new Array<unknown>(template.length)
    for (let i = 0; i < template.length; i++) list[i] = resolveTemplate(template[i], scope)
    return list
  }
  const spec = template as Record<string, unknown>
  if ('$from' in spec) return resolveFrom(spec, scope)
  if ('$literal' in spec) return spec['$literal']
  if ('$item' in spec)
    return present(follow(scope.item, spec['$item'] as Path), '$item', spec['$item'] as Path, scope)
  const result: Record<string, unknown> = {}
  for (const key of Object.keys(spec)) {
    const value = resolveTemplate(spec[key], scope)
    if (value !== undefined) result[key] = value
  }
  return result
}

function resolveFrom(spec: Record<string, unknown>, scope: Scope): unknown {
  const from = spec['$from'] as string
  const path = spec['path'] as Path | undefined
  const value = follow(scope.answer(from), path)
  if (value === missing && 'else' in spec) return resolveTemplate(spec['else'], scope)
  return present(value, from, path, scope)
}

function present(value: unknown, from: string, path: Path | undefined, scope: Scope): unknown {
  if (value !== missing) return value
  scope.missed(
    `${from}${(path ?? []).map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`,
  )
  return null
}

function follow(value: unknown, path: Path | undefined): unknown {
  if (path === undefined) return value
  let here = value
  for (const step of path) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return missing
    here = (here as Record<string | number, unknown>)[step]
  }
  return here
}
