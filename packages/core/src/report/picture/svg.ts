import { plainText } from '../plain.ts'

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text from anywhere as the content of an element or an attribute: nothing in it is markup, nothing reorders it. */
export function escaped(text: string): string {
  return plainText(text).replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '')
}

/** A number as an attribute: two digits after the point, the same on every machine. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100)
}

export interface Picture {
  /** What it shows, for those who do not see it. */
  readonly title: string
  readonly width: number
  readonly height: number
  readonly body: string
}

/** A picture to be put into a page; its colours are the page's. */
export function svg({ title, width, height, body }: Picture): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" preserveAspectRatio="xMidYMid meet">${body}</svg>`
}

export function label(
  x: number,
  y: number,
  text: string,
  anchor: 'start' | 'middle' | 'end' = 'middle',
  style = 'tick',
): string {
  return `<text class="${style}" x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${escaped(text)}</text>`
}

export function line(x1: number, y1: number, x2: number, y2: number, style: string): string {
  return `<line class="${style}" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"/>`
}

export function rect(x: number, y: number, width: number, height: number, style: string, title = ''): string {
  const hover = title === '' ? '' : `<title>${escaped(title)}</title>`
  return `<rect class="${style}" x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, width))}" height="${px(Math.max(0, height))}" rx="2">${hover}</rect>`
}

export function path(points: readonly (readonly [number, number])[], style: string, close = ''): string {
  const d = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${px(x)} ${px(y)}`).join('')
  return `<path class="${style}" d="${d}${close}"/>`
}
