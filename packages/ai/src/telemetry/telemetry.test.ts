import { modelServer } from '@kilostep/testing'
import { trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { createEngine, definePlan } from 'kilostep'
import { afterAll, expect, test } from 'vitest'
import { defineModel } from '../model/model.ts'
import { modelWorker } from '../worker/model-worker.ts'
import { traceRun } from './trace-run.ts'

const exporter = new InMemorySpanExporter()
afterAll(() => trace.disable())

async function once(): Promise<void> {
  await using server = await modelServer({
    answer: [{ fault: 'server-error' }, 'a very private answer', 'another private answer'],
  })
  const model = defineModel(`${server.url}#some-model`, {
    price: { input: 1, output: 1 },
    apiKey: 'sk-secret12345678',
  })
  const worker = modelWorker({
    name: 'say',
    model,
    instructions: 'Private instructions.',
    policy: { retry: { backoffMs: 0 } },
  })
  const plan = definePlan('traced', (p) => [p.subtask(worker, {}), p.subtask(worker, {})])
  const run = createEngine({ concurrency: 1 }).start(plan, { run: 'run-1' })
  traceRun(run)
  expect((await run.result).status).toBe('succeeded')
}

test('without a provider nothing is traced; with one there is a span for run, subtask, attempt and call', async () => {
  await once()
  expect(exporter.getFinishedSpans()).toEqual([])

  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
  await once()
  const spans = exporter.getFinishedSpans()
  const names = spans.map(({ name }) => name.split(' ')[0]).sort()
  expect(names).toEqual([
    'chat',
    'chat',
    'chat',
    'invoke_agent',
    'invoke_agent',
    'invoke_agent',
    'run',
    'subtask',
    'subtask',
  ])

  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]))
  const above = (span: ReadableSpan): string => {
    const parent = byId.get(span.parentSpanContext?.spanId ?? '')
    return parent === undefined ? span.name : `${above(parent)} > ${span.name}`
  }
  const calls = spans.filter(({ name }) => name.startsWith('chat'))
  for (const call of calls)
    expect(above(call)).toMatch(/^run traced > subtask say-\d > invoke_agent say > chat some-model$/)
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1)

  expect(calls.map(({ attributes }) => attributes['error.type'])).toEqual(['http-500', undefined, undefined])
  expect(calls[1]?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'server',
    'gen_ai.request.model': 'some-model',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.output_tokens': 6,
  })
  const attempts = spans.filter(({ name }) => name.startsWith('invoke_agent'))
  expect(attempts.map(({ attributes }) => attributes['kilostep.failure'])).toEqual([
    'transport',
    undefined,
    undefined,
  ])
  // What was said is in none of them.
  const all = JSON.stringify(
    spans.map(({ name, attributes, status, events }) => [name, attributes, status, events]),
  )
  expect(all).not.toMatch(/private|secret/i)
})
