import { fitted } from './plain.ts'

/** A column: its head and a cell a row. */
export interface Column {
  readonly head: string
  readonly cells: readonly string[]
  /** Texts stand left, numbers right. Default right. */
  readonly left?: boolean
}

const gap = '  '
const narrowest = 8

/**
 * Columns side by side, two spaces apart, numbers right-aligned. Where they do not fit, the last columns are left out
 * first, so the most telling ones come first; then texts are cut.
 */
export function table(columns: readonly Column[], width: number): string[] {
  const sizes = columns.map(sizeOf)
  let shown = columns.length
  const total = (): number =>
    sizes.slice(0, shown).reduce((sum, size) => sum + size + gap.length, -gap.length)
  const [first = 0] = sizes
  while (shown > 2 && total() - first + Math.min(first, narrowest) > width) shown--
  sizes[0] = Math.min(first, Math.max(narrowest, width - (total() - first)))
  const rows = columns[0]?.cells.length ?? 0
  const line = (cellOf: (column: Column) => string): string =>
    columns
      .slice(0, shown)
      .map((column, i) => {
        const size = sizes[i] as number
        const text = fitted(cellOf(column), size)
        const space = ' '.repeat(Math.max(0, size - [...text].length))
        return column.left ? text + space : space + text
      })
      .join(gap)
      .trimEnd()
  return [
    line(({ head }) => head),
    ...Array.from({ length: rows }, (_, row) => line(({ cells }) => cells[row] ?? '')),
  ]
}

function sizeOf({ head, cells }: Column): number {
  return cells.reduce((size, cell) => Math.max(size, [...cell].length), head.length)
}

/** A text broken between words so that each line fits, and within a word that is longer than a line. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (let word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    for (; word.length > width; word = word.slice(width)) lines.push(word.slice(0, width))
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
