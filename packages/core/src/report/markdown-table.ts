import { fitted, plainText } from './plain.ts'

const longestCell = 200

/** A text from anywhere within a line of Markdown: no markup, no link, no mention, no end of a cell. */
export function cell(text: string): string {
  return fitted(plainText(text), longestCell)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]()#+!|~$]/g, '\\$&')
    .replaceAll('@', '@\u200b')
    .replaceAll('://', ':\u200b//')
    .replaceAll(/\bwww\./gi, (found) => `${found.slice(0, 3)}\u200b.`)
}

/** A table; `align` is what stands under each head. */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly string[],
): string {
  return [head, align, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The same without a limit to its length. */
export function cellLong(text: string): string {
  const words = plainText(text)
  const pieces: string[] = []
  for (let at = 0; at < words.length; at += longestCell) pieces.push(cell(words.slice(at, at + longestCell)))
  return pieces.join('')
}
