import { describe, expect, it } from 'vitest'
import { checkDigits, passesCheck } from './check.ts'

/** Digits of a text in which letters count as two digits, A = 10 … Z = 35 (ISO 13616, ISO 17442). */
const digitsOf = (text: string): number[] =>
  [...text.replaceAll(' ', '')].flatMap((sign) => [...String(Number.parseInt(sign, 36))].map(Number))

/** An IBAN is checked with its first four signs, country and check digits, moved to the end. */
const iban = (text: string): number[] => {
  const signs = text.replaceAll(' ', '')
  return digitsOf(signs.slice(4) + signs.slice(0, 4))
}

describe('mod 97-10 against published numbers', () => {
  it.each([
    ['794', '44', 'ISO 7064'],
    ['99991234567890121414', '90', 'documentation of python-stdnum'],
    ['3214282912345698765432' + '1611', '82', 'GB82 WEST 1234 5698 7654 32 without its check digits'],
  ])('%s is followed by %s (%s)', (number, check) => {
    const digits = digitsOf(number)
    expect(checkDigits(digits).join('')).toBe(check)
    expect(passesCheck([...digits, ...checkDigits(digits)])).toBe(true)
  })

  it.each([
    'GB82 WEST 1234 5698 7654 32',
    'DE89 3704 0044 0532 0130 00',
    'FR14 2004 1010 0505 0001 3M02 606',
    'NL91 ABNA 0417 1643 00',
  ])('accepts the IBAN %s of the registry', (text) => {
    expect(passesCheck(iban(text))).toBe(true)
  })

  it.each(['969500KSV493XWY0PS33', '5493001KJTIIGC8Y1R12'])('accepts the LEI %s', (lei) => {
    expect(passesCheck(digitsOf(lei))).toBe(true)
  })
})

describe('a row of eight digits and two check digits', () => {
  const row = (number: string) => {
    const digits = [...number].map(Number)
    return [...digits, ...checkDigits(digits)]
  }

  it('writes the check digits with a leading zero', () => {
    const small = Array.from({ length: 97 }, (_, n) =>
      checkDigits([...String(n).padStart(8, '0')].map(Number)),
    )
    expect(checkDigits([0, 0, 0, 0, 0, 0, 0, 0])).toEqual([9, 8])
    expect(small.some(([tens]) => tens === 0)).toBe(true)
    for (const [tens, ones] of small) {
      expect(tens * 10 + ones).toBeGreaterThanOrEqual(2)
      expect(tens * 10 + ones).toBeLessThanOrEqual(98)
    }
  })

  it.each(['00000000', '12345678', '98765432', '40075510'])(
    'notices every single misread digit of %s',
    (number) => {
      const right = row(number)
      for (let at = 0; at < 10; at++) {
        for (let digit = 0; digit < 10; digit++) {
          const read = right.with(at, digit)
          expect(passesCheck(read)).toBe(digit === right[at])
        }
      }
    },
  )

  it('notices two neighbours swapped', () => {
    const right = row('12345678')
    for (let at = 0; at < 9; at++) {
      const read = right.with(at, right[at + 1] as number).with(at + 1, right[at] as number)
      expect(passesCheck(read)).toBe(right[at] === right[at + 1])
    }
  })

  it('lets about one in 97 of all ten-digit strings pass', () => {
    let passed = 0
    for (let n = 0; n < 100_000; n++) {
      if (passesCheck([...String((n * 7_919_317) % 10_000_000_000).padStart(10, '0')].map(Number))) passed++
    }
    expect(passed / 100_000).toBeGreaterThan(0.0085)
    expect(passed / 100_000).toBeLessThan(0.0115)
  })

  it('rejects 00, 01 and 99, which leave the same remainder as 97, 98 and 02', () => {
    for (let n = 0; n < 200; n++) {
      const digits = [...String(n).padStart(8, '0')].map(Number)
      for (const check of [
        [0, 0],
        [0, 1],
        [9, 9],
      ])
        expect(passesCheck([...digits, ...check])).toBe(false)
    }
  })
})
