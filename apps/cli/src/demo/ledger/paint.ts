const codes = { bold: 1, dim: 2, good: 32, doubtful: 33, bad: 31 } as const

/** Gives a text a colour, or leaves it as it is where there are none. */
export type Paint = (style: keyof typeof codes, text: string) => string

export const createPaint =
  (color: boolean): Paint =>
  (style, text) =>
    color && text.trim() !== '' ? `\u001b[${codes[style]}m${text}\u001b[0m` : text

/** A text in the middle of so many columns. Pad before you paint: colours have no width. */
export const centred = (text: string, columns: number): string =>
  text.padStart(Math.ceil((columns + text.length) / 2)).padEnd(columns)
