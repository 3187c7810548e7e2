import type { Plan } from 'kilostep'

/** What the test lets an attempt end with. */
export type End =
  | { readonly type: 'answer'; readonly v: number; readonly list: readonly number[] }
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'failure'; readonly kind: 'transport' | 'flagged' }
  | { readonly type: 'accept' }
  | { readonly type: 'reject'; readonly suspects: readonly string[] }

type Status =
  | 'blocked'
  | 'ready'
  | 'waiting'
  | 'running'
  | 'candidate'
  | 'expanded'
  | 'succeeded'
  | 'failed'
  | 'skipped'

interface Node {
  readonly id: string
  readonly prefix: string
  readonly spec: Plan['subtasks'][number] | undefined
  readonly covers: readonly string[] | undefined
  readonly item: boolean
  readonly hard: readonly string[]
  readonly soft: readonly string[]
  status: Status
  byCondition: boolean
  list: readonly number[]
  v: number
  children: readonly string[]
  failures: { transport: number; flagged: number; rounds: number }
  due: number
}

/** How many attempts of each kind of failure, and rounds of a check, the plans of these tests allow. */
export const attempts = 3

/** Every `{ "$from": … }` in a value. */
function references(value: unknown): { readonly $from: string; readonly else?: unknown }[] {
  if (value === null || typeof value !== 'object') return []
  if ('$from' in value) return [value as { readonly $from: string }]
  return Object.values(value).flatMap(references)
}

const ended = new Set<Status>(['succeeded', 'failed', 'skipped'])

/**
 * A scheduler as one would write it on a page: all nodes are looked at again after every change, until nothing
 * changes any more. It decides nothing about order; it says what may start, and what every subtask must come to.
 */
export class ReferenceScheduler {
  readonly nodes = new Map<string, Node>()

  constructor(plan: Plan) {
    this.#add(plan, '')
    this.#settle()
  }

  /** What could run now if it had a slot. */
  ready(now: number): string[] {
    return [...this.nodes.values()]
      .filter(({ status, due }) => status === 'ready' || (status === 'waiting' && due <= now))
      .map(({ id }) => id)
  }

  /** @throws Error where it may not start now. */
  start(id: string, now: number): void {
    const node = this.#node(id)
    if (!this.ready(now).includes(id)) throw new Error(`${id} started while it was ${node.status}.`)
    node.status = 'running'
  }

  waits(id: string, due: number): void {
    const node = this.#node(id)
    if (node.status === 'waiting') node.due = due
  }

  end(id: string, end: End): void {
    const node = this.#node(id)
    if (end.type === 'failure') {
      node.failures[end.kind]++
      if (node.failures[end.kind] >= attempts) this.#fail(node)
      else {
        node.status = end.kind === 'transport' ? 'waiting' : 'ready'
        node.due = Number.POSITIVE_INFINITY
      }
    } else if (end.type === 'answer') {
      node.v = end.v
      node.list = end.list
      node.status = this.#checkOf(node) === undefined ? 'succeeded' : 'candidate'
    } else if (end.type === 'plan') {
      node.status = 'expanded'
      node.children = this.#add(end.plan, `${id}/`)
      const { v, list } = end.plan.output as Pick<Node, 'v' | 'list'>
      node.v = v
      node.list = list
    } else this.#judge(node, end)
    this.#settle()
  }

  statuses(): Record<string, Status> {
    return Object.fromEntries([...this.nodes.values()].map(({ id, status }) => [id, status]))
  }

  #add(plan: Plan, prefix: string): string[] {
    const added: string[] = []
    for (const spec of plan.subtasks) {
      const hard = new Set(spec.needs)
      const soft = new Set<string>()
      for (const reference of references([spec.input, spec.when, spec.map])) {
        ;('else' in reference ? soft : hard).add(reference.$from)
      }
      for (const id of hard) soft.delete(id)
      const named = (ids: ReadonlySet<string>): string[] => [...ids].map((id) => prefix + id)
      added.push(this.#put({ id: prefix + spec.id, prefix, spec, hard: named(hard), soft: named(soft) }))
    }
    for (const { id, covers } of plan.checks ?? []) {
      added.push(this.#put({ id: prefix + id, prefix, covers: covers.map((one) => prefix + one) }))
    }
    return added
  }

  #put(node: Partial<Node> & { readonly id: string; readonly prefix: string }): string {
    this.nodes.set(node.id, {
      spec: undefined,
      covers: undefined,
      item: false,
      hard: [],
      soft: [],
      status: 'blocked',
      byCondition: false,
      list: [],
      v: 0,
      children: [],
      failures: { transport: 0, flagged: 0, rounds: 0 },
      due: 0,
      ...node,
    })
    return node.id
  }

  #settle(): void {
    for (let changed = true; changed; ) {
      changed = false
      for (const node of [...this.nodes.values()]) {
        const before = node.status
        if (before === 'blocked') this.#unblock(node)
        else if (before === 'expanded') this.#gather(node)
        changed ||= node.status !== before
      }
    }
  }

  #unblock(node: Node): void {
    if (node.covers !== undefined) {
      const covered = node.covers.map((id) => this.#node(id))
      const unjudgeable = ({ status, byCondition }: Node): boolean =>
        status === 'failed' || (status === 'skipped' && !byCondition)
      if (covered.some(unjudgeable)) this.#fail(node)
      else if (covered.every(({ status }) => status === 'candidate' || ended.has(status)))
        node.status = 'ready'
      return
    }
    const hard = node.hard.map((id) => this.#node(id).status)
    if (hard.some((status) => status === 'failed' || status === 'skipped')) {
      node.status = 'skipped'
      return
    }
    const free =
      hard.every((status) => status === 'succeeded') &&
      node.soft.every((id) => ended.has(this.#node(id).status))
    if (!free) return
    if (!node.item && node.spec?.when !== undefined && !this.#holds(node)) {
      node.status = 'skipped'
      node.byCondition = true
    } else if (!node.item && node.spec?.map !== undefined) this.#map(node)
    else node.status = 'ready'
  }

  #holds(node: Node): boolean {
    const from = this.#from(node, node.spec?.when?.value)
    return from?.status === 'succeeded' && from.v !== 0
  }

  #map(node: Node): void {
    const over = node.spec?.map?.over
    const list = Array.isArray(over) ? over : (this.#from(node, over)?.list ?? [])
    node.children = list.map((_, i) =>
      this.#put({
        ...node,
        id: `${node.id}[${i}]`,
        item: true,
        hard: [],
        soft: [],
        status: 'ready',
        failures: { transport: 0, flagged: 0, rounds: 0 },
      }),
    )
    node.status = 'expanded'
  }

  #from(node: Node, template: unknown): Node | undefined {
    return this.nodes.get(node.prefix + (template as { $from: string }).$from)
  }

  #gather(node: Node): void {
    const children = node.children.map((id) => this.#node(id))
    if (!children.every(({ status }) => ended.has(status))) return
    if (children.some(({ status, covers }) => status === 'failed' && covers === undefined)) this.#fail(node)
    else node.status = 'succeeded'
  }

  #judge(check: Node, end: Extract<End, { type: 'accept' | 'reject' }>): void {
    const covered = (check.covers ?? []).map((id) => this.#node(id))
    const candidates = covered.filter(({ status }) => status === 'candidate')
    if (end.type === 'accept') {
      check.status = 'succeeded'
      for (const node of candidates) node.status = 'succeeded'
      return
    }
    const named = candidates.filter(({ id, prefix }) => end.suspects.includes(id.slice(prefix.length)))
    const suspects = end.suspects.length === 0 ? candidates : named
    if (++check.failures.rounds >= attempts || suspects.length === 0) this.#fail(check)
    else {
      for (const node of suspects) node.status = 'ready'
      check.status = 'blocked'
    }
  }

  #fail(node: Node): void {
    if (node.covers !== undefined) {
      node.status = 'failed'
      for (const id of node.covers) if (!ended.has(this.#node(id).status)) this.#fail(this.#node(id))
    } else if (node.spec?.fallback !== undefined) {
      node.status = 'succeeded'
      node.v = 1
      node.list = [1]
    } else node.status = 'failed'
  }

  #checkOf(node: Node): Node | undefined {
    return [...this.nodes.values()].find(({ covers }) => covers?.includes(node.id))
  }

  #node(id: string): Node {
    const node = this.nodes.get(id)
    if (node === undefined) throw new Error(`${id} is not in the plan.`)
    return node
  }
}
