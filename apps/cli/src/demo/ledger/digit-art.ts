import { type DigitImage, SIDE } from './image.ts'

/** Characters that a digit's width takes on a screen, and lines that its height takes. */
export const ART_COLUMNS = 7
export const ART_LINES = 4

/** Grey (0 … 255) above which a Braille dot is set. */
const INK = 90

/** Where a Braille character's bits stand, by row and column. */
const BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const

/** The image's middle in so many square pixels: the mean grey of what each covers. The border is blank. */
const shrink = (image: DigitImage, width: number, height: number): ((x: number, y: number) => number) => {
  const scale = 22 / width
  const left = (SIDE - width * scale) / 2
  const top = (SIDE - height * scale) / 2
  const from = (at: number) => Math.max(0, Math.round(at))
  return (x, y) => {
    let sum = 0
    let count = 0
    for (let v = from(top + y * scale); v < Math.min(SIDE, Math.round(top + (y + 1) * scale)); v++) {
      for (let u = from(left + x * scale); u < Math.min(SIDE, Math.round(left + (x + 1) * scale)); u++) {
        sum += image[v * SIDE + u] ?? 0
        count++
      }
    }
    return count === 0 ? 0 : sum / count
  }
}

/**
 * A digit in Braille dots, two by four a character, which a terminal shows as squares: legible at a tenth of a line
 * of 80 columns, and without colour.
 */
export const drawDigit = (image: DigitImage): string[] => {
  const grey = shrink(image, ART_COLUMNS * 2, ART_LINES * 4)
  return Array.from({ length: ART_LINES }, (_, line) =>
    Array.from({ length: ART_COLUMNS }, (_, column) => {
      let bits = 0
      BITS.forEach((pair, v) => {
        pair.forEach((bit, u) => {
          if (grey(column * 2 + u, line * 4 + v) > INK) bits |= bit
        })
      })
      return bits === 0 ? ' ' : String.fromCharCode(0x2800 + bits)
    }).join(''),
  )
}
