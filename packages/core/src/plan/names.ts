/** Names as they are looked up where they are not spelled as they should be: in one case, without spacing. */
function bare(name: string): string {
  return name.normalize('NFC').toLowerCase().replace(/\s+/g, '')
}

/**
 * Says which of the names was meant by one that differs in case or spacing only: the name itself where it is one of
 * them, undefined where none or more than one could be meant.
 */
export function nameReader(names: Iterable<string>): (name: string) => string | undefined {
  const exact = new Set(names)
  let loose: Map<string, string | undefined> | undefined
  return (name) => {
    if (exact.has(name)) return name
    if (loose === undefined) {
      loose = new Map()
      for (const known of exact) {
        const key = bare(known)
        loose.set(key, loose.has(key) ? undefined : known)
      }
    }
    return loose.get(bare(name))
  }
}
