import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitted, plainText } from './plain.ts'

describe('plainText', () => {
  it.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['moving the cursor', 'a\u001b[2A\u001b[0Jb', 'ab'],
    ['a title', '\u001b]0;title\u0007text', 'text'],
    ['a link', '\u001b]8;;http://x\u001b\\here\u001b]8;;\u001b\\', 'here'],
    ['eight-bit sequences', '\u009b31mred', 'red'],
    ['a sequence that never ends', '\u001b]0;rest of it all', ''],
    ['a lone escape', 'a\u001b', 'a\ufffd'],
    ['backspaces', 'ok\b\bno', 'ok\ufffd\ufffdno'],
    ['a carriage return', 'a\rb', 'a\ufffdb'],
    ['turned direction', 'a\u202egnp.exe', 'agnp.exe'],
    ['several lines', ' a\n\tb\r\nc ', 'a b c'],
  ])('takes out %s', (_, text, plain) => {
    expect(plainText(text)).toBe(plain)
  })

  it('keeps lines where they are wanted', () => {
    expect(plainText('a\r\n\tb\u001b[1m', { lines: true })).toBe('a\n\tb')
  })

  it('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plainText(`\u001b[${text}`)).not.toMatch(/\p{Cc}/u)
      }),
    )
  })
})

describe('fitted', () => {
  it('cuts between characters and shows that it did', () => {
    expect(fitted('abcd', 4)).toBe('abcd')
    expect(fitted('abcde', 4)).toBe('abc…')
    expect(fitted('😀😀😀', 2)).toBe('😀…')
  })
})
