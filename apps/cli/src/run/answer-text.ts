import { plainText } from '@kilostep/core'

const shownLines = 20
const shownCharacters = 2_000

/** What the plan answers, as a person wants to see it: short, and without anything that could move the cursor. */
export function answerText(output: unknown): string {
  const text = typeof output === 'string' ? output : (JSON.stringify(output, null, 2) ?? 'nothing')
  const cut = plainText(text.slice(0, shownCharacters), { lines: true }).trimEnd()
  const lines = cut.split('\n')
  const whole = text.length <= shownCharacters && lines.length <= shownLines
  const shown = lines.slice(0, shownLines).map((line) => `  ${line}`)
  return `Answer\n${shown.join('\n')}\n${whole ? '' : '  … (--output FILE writes all of it)\n'}`
}
