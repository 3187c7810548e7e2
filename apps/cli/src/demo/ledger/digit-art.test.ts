import { describe, expect, it } from 'vitest'
import { loadImages } from './assets.ts'
import { ART_COLUMNS, ART_LINES, drawDigit } from './digit-art.ts'
import { PIXELS } from './image.ts'

describe('drawDigit', () => {
  it('draws a handwritten 7 that one can read', () => {
    expect(drawDigit(loadImages('test').image(0))).toMatchInlineSnapshot(`
      [
        "       ",
        " ⠉⠙⠛⢛⡿ ",
        "   ⢠⡟  ",
        "  ⢠⡏   ",
      ]
    `)
  })

  it('has always the same size, and nothing on blank paper', () => {
    expect(drawDigit(new Uint8Array(PIXELS))).toEqual(Array(ART_LINES).fill(' '.repeat(ART_COLUMNS)))
    expect(drawDigit(new Uint8Array(PIXELS).fill(255))).toEqual(
      Array(ART_LINES).fill('⣿'.repeat(ART_COLUMNS)),
    )
  })
})
