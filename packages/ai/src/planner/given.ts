import type { Fault, Plan } from '@kilostep/core'

/** What a plan calls the data that is given with its task. */
export const givenId = 'given'

const shownItems = 3
const shownText = 200
const shownKeys = 30
const shownDepth = 6

/** What data looks like, so that a plan can refer to its parts: lists and texts are cut. */
export function outline(value: unknown, depth = 0): unknown {
  if (typeof value === 'string')
    return value.length <= shownText ? value : `${value.slice(0, shownText)}… (${value.length} characters)`
  if (value === null || typeof value !== 'object') return value
  if (depth >= shownDepth) return Array.isArray(value) ? `(a list of ${value.length})` : '(an object)'
  if (Array.isArray(value)) {
    const first = value.slice(0, shownItems).map((item) => outline(item, depth + 1))
    return value.length > shownItems ? [...first, `… (${value.length} items)`] : first
  }
  const entries = Object.entries(value)
  const shown = entries.slice(0, shownKeys).map(([key, item]) => [key, outline(item, depth + 1)])
  return Object.fromEntries(
    entries.length > shownKeys ? [...shown, ['…', `(${entries.length} keys)`]] : shown,
  )
}

type Subtask = Plan['subtasks'][number]

/** A plan with the data itself in the place of every reference to it. What refers to a part that is not there is a fault. */
export function fillGiven(plan: Plan, given: unknown, faults: Fault[]): Plan {
  const fill = (template: unknown, where: string): unknown => filled(template, { given, where, faults })
  const subtask = (spec: Subtask): Subtask => ({
    ...spec,
    ...(spec.input === undefined ? undefined : { input: fill(spec.input, spec.id) }),
    ...(spec.map === undefined ? undefined : { map: { over: fill(spec.map.over, spec.id) } }),
    ...(spec.when === undefined
      ? undefined
      : { when: { ...spec.when, value: fill(spec.when.value, spec.id) } }),
    ...(spec.needs === undefined ? undefined : { needs: spec.needs.filter((id) => id !== givenId) }),
  })
  return {
    ...plan,
    subtasks: plan.subtasks.map(subtask),
    ...(plan.output === undefined ? undefined : { output: fill(plan.output, 'output') }),
  }
}

interface Filling {
  readonly given: unknown
  readonly where: string
  readonly faults: Fault[]
}

/** The template has been checked: it is not deep, and references have their form. */
function filled(template: unknown, filling: Filling): unknown {
  if (template === null || typeof template !== 'object') return template
  if (Array.isArray(template)) return template.map((item) => filled(item, filling))
  const spec = template as Readonly<Record<string, unknown>>
  if (Object.hasOwn(spec, '$literal') || Object.hasOwn(spec, '$item')) return spec
  if (spec['$from'] === givenId) return part(spec, filling)
  return Object.fromEntries(Object.entries(spec).map(([key, value]) => [key, filled(value, filling)]))
}

function part(spec: Readonly<Record<string, unknown>>, filling: Filling): unknown {
  let here = filling.given
  const path = (spec['path'] ?? []) as readonly (string | number)[]
  for (const [at, step] of path.entries()) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) {
      if (Object.hasOwn(spec, 'else')) return filled(spec['else'], filling)
      const shown = JSON.stringify(path.slice(0, at + 1))
      const message = `"${filling.where}" refers to the part ${shown} of "${givenId}", which is not there.`
      filling.faults.push({ code: 'given-path', where: filling.where, message })
      return null
    }
    here = (here as Readonly<Record<string | number, unknown>>)[step]
  }
  return here !== null && typeof here === 'object' ? { $literal: here } : here
}
