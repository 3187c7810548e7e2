const units = ['bytes', 'KB', 'MB', 'GB', 'TB']

/** `1.2 MB`: a thousand bytes are a KB. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1_000
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toPrecision(2)} ${units[unit]}`
}
