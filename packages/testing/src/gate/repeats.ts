/** Finds answers that come back a second time. */
export interface Repeats {
  /** The trial, from 0, that gave the same thing before; undefined where it is new. */
  seen(thing: object | string | undefined, index: number): number | undefined
}

/**
 * A repeated cached answer is no trial. What proves one: the very same promise or object again (a memoized function),
 * the same run, or the same id. Equal answers prove nothing: a right answer is often the only one.
 */
export function createRepeats(): Repeats {
  const objects = new WeakMap<object, number>()
  const ids = new Map<string, number>()
  return {
    seen(thing, index) {
      if (thing === undefined) return undefined
      const before = typeof thing === 'string' ? ids.get(thing) : objects.get(thing)
      if (before !== undefined) return before
      if (typeof thing === 'string') ids.set(thing, index)
      else objects.set(thing, index)
      return undefined
    },
  }
}
