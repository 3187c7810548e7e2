import { ART_COLUMNS, ART_LINES, drawDigit } from './digit-art.ts'
import type { DigitImage } from './image.ts'
import { centred, type Paint } from './paint.ts'

/** A note under a digit, e.g. what was read. */
export type Note = { readonly text: string; readonly style?: Parameters<Paint>[0] }

/** A row's handwriting with lines of notes under it, in as many parts as the width asks for. */
export const rowPicture = (
  images: readonly DigitImage[],
  notes: readonly (readonly (Note | undefined)[])[],
  width: number,
  paint: Paint,
): string[] => {
  const each = Math.max(1, Math.min(images.length, Math.floor((width + 1) / (ART_COLUMNS + 1))))
  // Two equal parts look better than eight digits and two.
  const parts = Math.ceil(images.length / each)
  const size = Math.ceil(images.length / parts)
  const lines: string[] = []
  for (let from = 0; from < images.length; from += size) {
    const art = images.slice(from, from + size).map(drawDigit)
    for (let line = 0; line < ART_LINES; line++) {
      const text = art.map((digit) => digit[line] as string).join(' ')
      if (text.trim() !== '') lines.push(text.trimEnd())
    }
    for (const line of notes) {
      const cells = line.slice(from, from + size).map((note) => {
        const text = centred(note?.text ?? '', ART_COLUMNS)
        return note?.style === undefined ? text : paint(note.style, text)
      })
      const text = cells.join(' ').trimEnd()
      if (text !== '') lines.push(text)
    }
  }
  return lines
}
