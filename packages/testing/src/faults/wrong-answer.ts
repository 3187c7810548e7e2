/**
 * An answer of the same form that is not the same: one number, text or truth value in it is another. Which, and what
 * it becomes, `draw` says, a number in [0, 1); so two wrong answers may agree, as those of models do.
 */
export function wrongAnswer(answer: unknown, draw: number): unknown {
  switch (typeof answer) {
    case 'number':
      return answer + 1 + Math.floor(draw * 9)
    case 'boolean':
      return !answer
    case 'string':
      return wrongText(answer, draw)
    case 'object': {
      if (answer === null) return 1 + Math.floor(draw * 9)
      const keys = Object.keys(answer)
      const place = Math.floor(draw * keys.length)
      const key = keys[place]
      // Nothing in it can be another: something is there that should not be.
      if (key === undefined) return Array.isArray(answer) ? [Math.floor(draw * 9)] : { wrong: true }
      const copy: Record<string, unknown> = Array.isArray(answer) ? ([...answer] as never) : { ...answer }
      copy[key] = wrongAnswer(copy[key], draw * keys.length - place)
      return copy
    }
    default:
      return Math.floor(draw * 9)
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz'

function wrongText(text: string, draw: number): string {
  const place = Math.floor(draw * text.length)
  const before = text[place] ?? ''
  const digit = before >= '0' && before <= '9' && before !== ''
  const next = digit
    ? String((Number(before) + 1 + Math.floor(draw * 8)) % 10)
    : (letters[
        (letters.indexOf(before.toLowerCase()) + 1 + Math.floor(draw * 24)) % letters.length
      ] as string)
  return text.slice(0, place) + next + text.slice(place + 1)
}
