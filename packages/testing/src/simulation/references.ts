/** Ids that a template needs the answers of: every `{ "$from": … }` without an `else`. */
export function neededBy(template: unknown): string[] {
  if (template === null || typeof template !== 'object') return []
  if ('$literal' in template) return []
  if ('$from' in template) return 'else' in template ? [] : [template.$from as string]
  return Object.values(template).flatMap(neededBy)
}
