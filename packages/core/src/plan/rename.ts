import { maxJsonDepth } from '../json.ts'
import { isRecord } from './form.ts'

/**
 * A template with other ids in its references: the same object where nothing changes. What stands in a `$literal` is
 * data and stays, and so does what {@link readTemplate} would find fault with.
 */
export function renameReferences(template: unknown, rename: (id: string) => string, depth = 0): unknown {
  if (template === null || typeof template !== 'object' || depth > maxJsonDepth) return template
  if (Array.isArray(template)) {
    let changed = false
    const list = template.map((item) => {
      const renamed = renameReferences(item, rename, depth + 1)
      changed ||= renamed !== item
      return renamed
    })
    return changed ? list : template
  }
  if (!isRecord(template) || Object.hasOwn(template, '$literal')) return template
  const $from = Object.hasOwn(template, '$from') ? template['$from'] : undefined
  const changes: [string, unknown][] = []
  if (typeof $from === 'string') {
    const renamed = rename($from)
    if (renamed !== $from) changes.push(['$from', renamed])
  }
  for (const key of Object.keys(template)) {
    if (key === '$from' || key === 'path') continue
    const renamed = renameReferences(template[key], rename, depth + 1)
    if (renamed !== template[key]) changes.push([key, renamed])
  }
  return changes.length === 0 ? template : { ...template, ...Object.fromEntries(changes) }
}
