import { nodeOf, type PlanEdge, plainText, planEdges, type planShape } from '@kilostep/core'

type Graph = Parameters<typeof planShape>[0]

const arrows: Readonly<Record<PlanEdge['kind'], string>> = {
  needs: '-->',
  uses: '-.->',
  covers: '-. checked by .->',
}

/** The plan as a Mermaid flowchart, for Markdown. */
export function planMermaid(graph: Graph): string {
  const label = (text: string): string =>
    // Mermaid has entity codes of its own, so that no id can be taken for its syntax.
    plainText(text).replaceAll(/["#<>&`]/g, (character) => `#${character.codePointAt(0)};`)
  const nodes = graph.ownIds.map((id, node) => {
    const [open, close] = graph.isCheck[node] === 1 ? ['{{', '}}'] : ['[', ']']
    return `  n${node}${open}"${label(id)}<br/>${label(workerOf(graph, node))}"${close}`
  })
  const edges = planEdges(graph).map(
    ({ from, to, kind }) => `  n${nodeOf(graph, from)} ${arrows[kind]} n${nodeOf(graph, to)}`,
  )
  return `flowchart TD\n${[...nodes, ...edges].join('\n')}\n`
}

/** The plan as a Graphviz graph. */
export function planDot(graph: Graph, name: string): string {
  const quoted = (text: string): string => `"${plainText(text).replaceAll(/["\\]/g, '\\$&')}"`
  const nodes = graph.ownIds.map((id, node) => {
    const shape = graph.isCheck[node] === 1 ? 'hexagon' : 'box'
    return `  n${node} [shape=${shape}, label=${quoted(id)}, tooltip=${quoted(workerOf(graph, node))}]`
  })
  const edges = planEdges(graph).map(({ from, to, kind }) => {
    const style = kind === 'needs' ? '' : ` [style=${kind === 'uses' ? 'dashed' : 'dotted'}]`
    return `  n${nodeOf(graph, from)} -> n${nodeOf(graph, to)}${style}`
  })
  return `digraph ${quoted(name)} {\n${[...nodes, ...edges].join('\n')}\n}\n`
}

function workerOf(graph: Graph, node: number): string {
  return graph.workers[graph.worker[node] as number] as string
}
