import { describe, expect, it } from 'vitest'
import { count, counted, dollars, duration, percent, percentRange } from './numbers.ts'

describe('numbers for people', () => {
  it.each([
    [0, '0 %'],
    [1, '100 %'],
    [0.978, '97.8 %'],
    [0.00001, '<0.1 %'],
    [0.99999, '>99.9 %'],
    [0.9994, '99.9 %'],
  ])('says %d as a share, never rounded to certainty', (value, text) => expect(percent(value)).toBe(text))

  it('says a range, and one figure where there is only one', () => {
    expect(percentRange(0.159, 0.988)).toBe('15.9–98.8 %')
    expect(percentRange(0, 0)).toBe('0 %')
  })

  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 0 s'],
    [3_599_600, '1 h 0 min'],
    [12_000_000, '3 h 20 min'],
  ])('says %d ms in units that suit it', (ms, text) => expect(duration(ms)).toBe(text))

  it.each([
    [0, '$0'],
    [0.00001, '<$0.0001'],
    [0.12, '$0.1200'],
    [1234.5, '$1,234.50'],
  ])('says %d dollars', (usd, text) => expect(dollars(usd)).toBe(text))

  it('groups digits and minds one and many', () => {
    expect(count(1_234_567)).toBe('1,234,567')
    expect([counted(1, 'run'), counted(1_000, 'run')]).toEqual(['1 run', '1,000 runs'])
  })
})
