import { expect, it } from 'vitest'
import { emptyGraph, growGraph, growMap, idOf, nodeOf } from './graph.ts'

const subtasks = [
  { id: 'list', worker: 'w' },
  { id: 'each', worker: 'w', map: { over: { $from: 'list' } }, input: { $item: [] } },
  { id: 'other[1]', worker: 'w' },
]

function grown() {
  const graph = emptyGraph()
  growGraph(graph, { subtasks, parent: -1, scope: -1, prefix: '' })
  const first = growMap(graph, 1, 3)
  const scope = first + 2
  growGraph(graph, { subtasks, parent: scope, scope, prefix: `${idOf(graph, scope)}/` })
  const inner = growMap(graph, nodeOf(graph, 'each[2]/each') as number, 2)
  return { graph, first, inner }
}

it('names what a map has added by its place, at any depth', () => {
  const { graph, first, inner } = grown()
  expect([first, first + 1, first + 2].map((node) => idOf(graph, node))).toEqual([
    'each[0]',
    'each[1]',
    'each[2]',
  ])
  expect(idOf(graph, inner + 1)).toBe('each[2]/each[1]')
  expect(graph.duplicates.size).toBe(0)
})

it('finds every node by its id again', () => {
  const { graph } = grown()
  for (let node = 0; node < graph.size; node++) {
    expect(nodeOf(graph, idOf(graph, node))).toBe(node)
  }
})

it('finds nothing where there is nothing', () => {
  const { graph } = grown()
  for (const id of [
    'each[3]',
    'each[01]',
    'each[-1]',
    'each[]',
    'list[0]',
    'each[2]/each[2]',
    '[0]',
    'each[0][0]',
    '',
  ])
    expect(nodeOf(graph, id), id).toBe(undefined)
})
