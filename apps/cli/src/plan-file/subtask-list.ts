import { count, fitted, type Plan, plainText } from '@kilostep/core'

const shown = 40
const narrowest = 40

/** The subtasks one by one, as a person who is to approve of them wants to see them: cut to the width of the screen. */
export function subtaskList({ subtasks, checks = [] }: Plan, columns: number): string {
  const line = (start: string, parts: readonly string[]): string =>
    fitted([start, ...parts.map((part) => plainText(part))].join('  '), Math.max(narrowest, columns))
  const lines = subtasks
    .slice(0, shown)
    .map(({ id, worker, input, needs, map, when }, at) =>
      line(String(at + 1).padStart(3), [
        `${id}: ${worker}`,
        ...(map === undefined ? [] : [`for each of ${JSON.stringify(map.over)}`]),
        ...(when === undefined ? [] : [`if ${JSON.stringify(when)}`]),
        ...(needs === undefined || needs.length === 0 ? [] : [`after ${needs.join(', ')}`]),
        ...(input === undefined ? [] : [JSON.stringify(input)]),
      ]),
    )
  if (subtasks.length > shown) lines.push(`     … and ${count(subtasks.length - shown)} more`)
  for (const { id, worker, covers } of checks.slice(0, shown))
    lines.push(line('   ', [`${id}: ${worker}`, `checks ${covers.join(', ')}`]))
  return `${lines.join('\n')}\n`
}
