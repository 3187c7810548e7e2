import { type Fault, quote } from '@kilostep/core'

interface Node {
  readonly id: string
  readonly needs: readonly string[]
  readonly input?: unknown
}

/**
 * What the arguments of nodes say of other nodes, as `<node-2>`, counted from 0, where the links say otherwise. Links are
 * the edges of such a plan and arguments are texts, so this is no fault; but whoever runs the plan wants to know.
 */
export function remarksOn(nodes: readonly Node[]): Fault[] {
  const remarks = new Map<string, Fault>()
  for (const [own, { id, needs, input }] of nodes.entries()) {
    for (const [text, place] of JSON.stringify(input ?? null).matchAll(/<node-(\d{1,6})>/g)) {
      const at = Number(place)
      const other = nodes[at]
      const said = `An argument of ${quote(id)} names ${text}`
      const add = (code: string, why: string): void => {
        remarks.set(`${code} ${id} ${text}`, { code, where: id, message: `${said}, ${why}.` })
      }
      if (other === undefined) add('argument-nowhere', 'which is not in the plan')
      else if (at === own) add('argument-self', 'which is itself')
      else if (!needs.includes(other.id))
        add('argument-unlinked', `and there is no link from ${quote(other.id)}`)
    }
  }
  return [...remarks.values()]
}
