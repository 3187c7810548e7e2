import { plainText } from './plain.ts'
import { wrapped } from './table.ts'

const codes = { bold: 1, dim: 2, good: 32, bad: 31 } as const
const labelWidth = 18

/** Colours a text, or leaves it as it is. */
export type Paint = (style: keyof typeof codes, text: string) => string

export function painter(color: boolean): Paint {
  return (style, text) => (color ? `\u001b[${codes[style]}m${text}\u001b[0m` : text)
}

/** A label and what there is to say of it, further lines indented. */
export function row(label: string, value: string, width: number): string[] {
  const space = ' '.repeat(labelWidth)
  // A label that is too long has a line of its own.
  const long = label.length >= labelWidth
  const lines = wrapped(value, width - labelWidth).map(
    (line, i) => (i === 0 && !long ? label.padEnd(labelWidth) : space) + line,
  )
  return long ? [label, ...lines] : lines
}

/** A list of sentences. */
export function bullets(texts: readonly string[], width: number): string[] {
  return texts.flatMap((text) =>
    wrapped(plainText(text), width - 4).map((line, i) => (i === 0 ? `  - ${line}` : `    ${line}`)),
  )
}
