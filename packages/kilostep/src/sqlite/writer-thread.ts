import { parentPort, workerData } from 'node:worker_threads'
import type { ToWriter, WriterData } from './messages.ts'
import { Writer } from './writer.ts'

// Knows nothing of the engine: what is sent here is rows, and what goes back is what was wrong.
const { path, options } = workerData as WriterData
const writer = new Writer(path, options)
parentPort?.on('message', (work: ToWriter | 'close') => {
  if (work !== 'close') {
    parentPort?.postMessage(writer.commit(work))
    return
  }
  writer.close()
  parentPort?.close()
})
