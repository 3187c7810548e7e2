import type { JournalEvent, RunLog } from 'kilostep'

/** The durable events of a log from that place on, 0 for the first, in their order. */
export async function eventsOf(log: RunLog, from = 0): Promise<JournalEvent[]> {
  const events: JournalEvent[] = []
  for await (const event of log.read(from)) events.push(event)
  return events
}
