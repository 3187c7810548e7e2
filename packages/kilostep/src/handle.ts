import type { Path } from '@kilostep/core'

declare const answer: unique symbol

type Part<T, K extends keyof T> = T[K]

const whole: Path = []
const nothing: readonly unknown[] = []

/** Stands for the answer of a subtask that has not run yet. Handing it on makes the edge. */
export class Handle<out T> {
  /** The id of the subtask. */
  readonly id: string
  /** Identifies the plan that it is of. */
  readonly plan: object
  readonly path: Path
  /** What stands in where there is no answer; empty where nothing does. */
  readonly otherwise: readonly unknown[]
  declare readonly [answer]: T

  constructor(id: string, plan: object, path: Path = whole, otherwise: readonly unknown[] = nothing) {
    this.id = id
    this.plan = plan
    this.path = path
    this.otherwise = otherwise
  }

  /** A part of the answer. */
  at<K extends keyof T & (string | number)>(key: K): Handle<Part<T, K>> {
    return new Handle(this.id, this.plan, [...this.path, key], this.otherwise)
  }

  /** The answer, or `value` where the subtask was skipped or failed. */
  or<V>(value: V): Handle<T | V> {
    return new Handle<T | V>(this.id, this.plan, this.path, [value])
  }
}

/** Stands for the current item of a map. */
export class Item<out T> {
  readonly path: Path
  declare readonly [answer]: T

  constructor(path: Path) {
    this.path = path
  }

  /** A part of the item. */
  at<K extends keyof T & (string | number)>(key: K): Item<Part<T, K>> {
    return new Item([...this.path, key])
  }
}

/** Data of a type in which any part may be a handle instead. */
export type Given<T> =
  | Handle<T>
  | Item<T>
  | (T extends string | number | boolean | null | undefined
      ? T
      : T extends readonly unknown[]
        ? { readonly [K in keyof T]: Given<T[K]> }
        : unknown extends T
          ? unknown
          : { readonly [K in keyof T]: Given<T[K]> })

/**
 * Data with handles as a plan's template: handles become references, and an object of the caller's that only looks
 * like one stays what it is.
 */
export function toTemplate(
  value: unknown,
  plan: object,
  fault: (problem: string) => void,
  depth = 0,
): unknown {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Handle) {
    if (value.plan !== plan) fault(`the handle of "${value.id}" is of another plan.`)
    return {
      $from: value.id,
      ...(value.path.length > 0 ? { path: value.path } : undefined),
      ...(value.otherwise.length > 0
        ? { else: toTemplate(value.otherwise[0], plan, fault, depth + 1) }
        : undefined),
    }
  }
  if (value instanceof Item) return { $item: value.path }
  if (depth > 200) {
    fault('it is nested deeper than 200 levels, or refers to itself.')
    return null
  }
  if (Array.isArray(value)) return value.map((item) => toTemplate(item, plan, fault, depth + 1))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    fault(`it holds an instance of ${prototype?.constructor?.name ?? 'a class'}; give plain data.`)
    return null
  }
  const keys = Object.keys(value)
  if (keys.some((key) => key.startsWith('$'))) return { $literal: value }
  const result: Record<string, unknown> = {}
  for (const key of keys) {
    if (key === '__proto__') fault('it has the key "__proto__".')
    else result[key] = toTemplate((value as Record<string, unknown>)[key], plan, fault, depth + 1)
  }
  return result
}
