import { hashUniform } from '@kilostep/core'

const deepest = 20

/**
 * Something of the form that a JSON Schema asks for, drawn from the question: what a model says that nobody told what
 * to say. It knows the keywords that schemas of zod are made of.
 */
export function sampleOf(schema: unknown, question: string): unknown {
  const root = schema as Node
  const draw = (path: string, limit: number): number =>
    Math.floor(hashUniform('sample', question, path) * limit)
  const visit = (given: Node | undefined, path: string, depth: number): unknown => {
    const node = resolved(given, root)
    if (node === undefined || depth > deepest) return null
    if ('const' in node) return node['const']
    if (Array.isArray(node['enum'])) return node['enum'][draw(path, node['enum'].length)]
    const options = node['anyOf'] ?? node['oneOf'] ?? node['allOf']
    if (Array.isArray(options)) return visit(options[0] as Node, path, depth + 1)
    const type = Array.isArray(node['type']) ? node['type'][0] : node['type']
    if (type === 'object' || node['properties'] !== undefined) {
      const properties = Object.entries((node['properties'] ?? {}) as Record<string, Node>)
      return Object.fromEntries(
        properties.map(([key, value]) => [key, visit(value, `${path}/${key}`, depth + 1)]),
      )
    }
    if (type === 'array') {
      const least = number(node['minItems']) ?? 1
      return Array.from({ length: Math.min(least, 1_000) }, (_, i) =>
        visit(node['items'] as Node | undefined, `${path}/${i}`, depth + 1),
      )
    }
    if (type === 'number' || type === 'integer') {
      const low = number(node['minimum']) ?? number(node['exclusiveMinimum']) ?? 0
      const high = Math.min(number(node['maximum']) ?? low + 100, low + 1_000)
      return low + (node['exclusiveMinimum'] === undefined ? 0 : 1) + draw(path, Math.max(1, high - low))
    }
    if (type === 'boolean') return draw(path, 2) === 1
    if (type === 'null') return null
    const text = `answer ${draw(path, 1_000)}`.padEnd(number(node['minLength']) ?? 0, '.')
    return text.slice(0, number(node['maxLength']))
  }
  return visit(root, '', 0)
}

type Node = Readonly<Record<string, unknown>>

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function resolved(node: Node | undefined, root: Node): Node | undefined {
  let at = node
  for (let step = 0; step < deepest && typeof at?.['$ref'] === 'string'; step++) {
    const keys = at['$ref'].replace(/^#\/?/, '').split('/').filter(Boolean)
    at = keys.reduce<Node | undefined>((inner, key) => inner?.[key] as Node | undefined, root)
  }
  return at
}
